import { metadataEntriesOf } from './python-dictionary';
import { RemoteFault } from './remote-fault';
import { servedModelOf } from './served-model';

const metadata = {
  name: 'chest',
  versions: ['2', '10', '9'],
  platform: 'onnxruntime_onnx',
  inputs: [{ name: 'images', datatype: 'FP32', shape: [-1, 3, 640, 640] }],
  outputs: [{ name: 'output0', datatype: 'FP16', shape: [-1, 18, 8400] }],
};
const entries = `{'task': 'detect', "imgsz": [640, 640], 'names': {0: 'a, b', 1: "c: d"}, 'end2end': False}`;
const config = { max_batch_size: 8, parameters: { metadata: { string_value: entries } } };
const served = (documents: { metadata?: unknown; config?: unknown } = {}, version?: string) =>
  servedModelOf({ metadata, config, ...documents }, { name: 'chest', version });

describe('servedModelOf', () => {
  it('reads tensors, the highest version, the largest batch and entries', () => {
    expect(served()).toMatchObject({
      version: '10',
      maxBatchSize: 8,
      signature: {
        inputs: [{ name: 'images', type: 'float32', dims: [undefined, 3, 640, 640] }],
        outputs: [{ name: 'output0', type: 'float16', dims: [undefined, 18, 8400] }],
      },
      properties: new Map([
        ['task', 'detect'],
        ['imgsz', '[640, 640]'],
        ['names', `{0: 'a, b', 1: "c: d"}`],
        ['end2end', 'False'],
      ]),
    });
  });

  it('keeps to the version asked for, and does without configuration and versions', () => {
    expect(served({}, '2').version).toBe('2');
    const bare = served({ metadata: { ...metadata, versions: [] }, config: undefined });
    expect(bare).toMatchObject({ version: undefined, properties: new Map() });
    expect(bare.maxBatchSize).toBeUndefined();
  });

  it('has a digest of 64 digits that changes with version, tensors, batch and class names, and with nothing else', () => {
    const same = served({
      metadata: { ...metadata, platform: 'other' },
      config: { ...config, instance_group: [] },
    });
    expect(same.digestSha256).toBe(served().digestSha256);
    expect(served().digestSha256).toMatch(/^[0-9a-f]{64}$/);
    const others = [
      served({}, '2'),
      served({ metadata: { ...metadata, outputs: metadata.inputs } }),
      served({ config: { ...config, max_batch_size: 4 } }),
      served({ config: { ...config, parameters: { metadata: { string_value: `{'names': {0: 'a'}}` } } } }),
    ].map(({ digestSha256 }) => digestSha256);
    expect(new Set([...others, served().digestSha256]).size).toBe(5);
  });

  it('has this digest, which is part of stored predictions', () => {
    const bare = servedModelOf({ metadata: { ...metadata, versions: [] } }, { name: 'chest' });
    expect(bare.digestSha256).toBe('cf7b374f245cda7febed8c63fe26116171b45ee26c61380fb24a63ef0cb49267');
  });

  it.each([
    ['nothing', undefined],
    ['a list', []],
    ['no inputs', { ...metadata, inputs: [] }],
    ['no outputs', { ...metadata, outputs: undefined }],
    ['a tensor without a name', { ...metadata, inputs: [{ datatype: 'FP32', shape: [1] }] }],
    ['a shape of texts', { ...metadata, inputs: [{ name: 'a', datatype: 'FP32', shape: ['x'] }] }],
    ['two outputs of one name', { ...metadata, outputs: [...metadata.outputs, ...metadata.outputs] }],
    ['a hundred outputs', { ...metadata, outputs: new Array(100).fill(metadata.outputs[0]) }],
  ])('refuses %s as a description', (_, document) => {
    expect(() => served({ metadata: document })).toThrow(RemoteFault);
  });
});

describe('metadataEntriesOf', () => {
  it.each(['', '{', 'None', '[1]', '{1: 2}', `{'open: 1}`, `{'a' 1}`])('finds no entries in %s', (text) => {
    expect(metadataEntriesOf(text)).toEqual(new Map());
  });
});
