import { parseModelSource } from './model-source';

describe('parseModelSource', () => {
  it.each([
    ['runs:/abc/model/onnx', { kind: 'run', runId: 'abc', path: 'model/onnx' }],
    ['models:/m-1f', { kind: 'logged-model', id: 'm-1f' }],
    ['models:/detector/3', { kind: 'version', name: 'detector', version: 3 }],
    ['models:/chest%20detector/3', { kind: 'version', name: 'chest detector', version: 3 }],
    ['models:/detector@champion', { kind: 'alias', name: 'detector', alias: 'champion' }],
    ['mlflow-artifacts:/1/abc/artifacts', { kind: 'location', uri: 'mlflow-artifacts:/1/abc/artifacts' }],
    ['s3://bucket/model', { kind: 'location', uri: 's3://bucket/model' }],
    ['models:/100%/1', { kind: 'version', name: '100%', version: 1 }],
  ])('reads %p', (uri, source) => expect(parseModelSource(uri)).toEqual(source));
});
