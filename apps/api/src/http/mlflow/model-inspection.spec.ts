import { tinyDetectorOnnx } from '@thorax/inference/testing';
import { onnxFile, onnxNode } from '@thorax/registry/testing';
import { RunningApplication, startApplication } from '../../testing/start-application';

jest.setTimeout(120_000);

describe('a model registered over MLflow’s API', () => {
  let app: RunningApplication;
  beforeAll(async () => (app = await startApplication({ THORAX_ROLES: 'http' })));
  afterAll(() => app?.stop());

  const send = async (method: string, path: string, body: unknown) => {
    const sent = body instanceof Uint8Array ? (body as Uint8Array<ArrayBuffer>) : JSON.stringify(body);
    const response = await fetch(`${app.url}/api/2.0${path}`, { method, body: sent });
    return { status: response.status, body: (await response.json()) as Record<string, never> };
  };
  const register = async (name: string, file: Uint8Array) => {
    await send('PUT', `/mlflow-artifacts/artifacts/uploads/${name}/model.onnx`, file);
    await send('POST', '/mlflow/registered-models/create', { name });
    const source = `mlflow-artifacts:/uploads/${name}`;
    const { body } = await send('POST', '/mlflow/model-versions/create', { name, source });
    return body['model_version'] as Record<string, string>;
  };
  const promote = (name: string) =>
    send('POST', '/mlflow/model-versions/transition-stage', {
      name,
      version: '1',
      stage: 'Staging',
      archive_existing_versions: false,
    });

  it('is ready when its file may be opened', async () => {
    const version = await register('clean', tinyDetectorOnnx());
    expect(version).toMatchObject({ version: '1', status: 'READY' });
    expect(version).not.toHaveProperty('status_message');
    expect(await promote('clean')).toMatchObject({ status: 200 });
  });

  it('has failed, says why, and stays out of use when it may not', async () => {
    const version = await register('hostile', onnxFile({ nodes: [onnxNode('Exec', 'com.evil')] }));
    expect(version).toMatchObject({
      status: 'FAILED_REGISTRATION',
      status_message: expect.stringMatching(/^OPERATOR_DOMAIN: .*"Exec" of "com.evil"/),
    });
    expect(await promote('hostile')).toMatchObject({
      status: 400,
      body: { error_code: 'INVALID_PARAMETER_VALUE', message: expect.stringContaining('"com.evil"') },
    });
  });
});
