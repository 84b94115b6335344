import { tinyDetectorOnnx } from '@thorax/inference/testing';
import { RunningApplication, startApplication } from '../../testing/start-application';

jest.setTimeout(120_000);

describe('documents about a registered model', () => {
  let app: RunningApplication;
  const name = 'chest detector';
  const post = (path: string, body: object) =>
    fetch(`${app.url}/api/2.0/mlflow${path}`, { method: 'POST', body: JSON.stringify(body) });
  const ask = (path: string, headers: Record<string, string> = {}) =>
    fetch(`${app.url}/api/v1/models/${path}`, { headers });

  beforeAll(async () => {
    app = await startApplication({ THORAX_ROLES: 'http' });
    const file = tinyDetectorOnnx() as Uint8Array<ArrayBuffer>;
    await fetch(`${app.url}/api/2.0/mlflow-artifacts/artifacts/m/model.onnx`, { method: 'PUT', body: file });
    await post('/registered-models/create', { name });
    await post('/model-versions/create', { name, source: 'mlflow-artifacts:/m' });
  });
  afterAll(() => app?.stop());

  it('are its card, as JSON', async () => {
    const answer = await ask(`${encodeURIComponent(name)}/versions/1/card`);
    expect([answer.status, answer.headers.get('vary')]).toEqual([200, expect.stringMatching(/accept/i)]);
    expect(await answer.json()).toMatchObject({
      name,
      stage: 'None',
      run_id: null,
      file: { size_bytes: tinyDetectorOnnx().length },
      inspection: { verdict: 'clean', signed_by: null },
      format: { opsets: [{ domain: 'ai.onnx', version: 17 }] },
    });
  });

  it('its card as Markdown', async () => {
    const answer = await ask(`${encodeURIComponent(name)}/versions/1/card`, { Accept: 'text/markdown' });
    expect(answer.headers.get('content-type')).toMatch(/^text\/markdown/);
    expect(await answer.text()).toMatch(/^# Model card: chest detector, version 1\n/);
  });

  it('and its bill of materials', async () => {
    const answer = await ask(`${encodeURIComponent(name)}/versions/1/bom`);
    expect(answer.headers.get('content-type')).toMatch(/^application\/vnd\.cyclonedx\+json/);
    expect(await answer.json()).toMatchObject({ bomFormat: 'CycloneDX', metadata: { component: { name } } });
  });

  it.each([
    ['nobody/versions/1/card', 404, 'RESOURCE_NOT_FOUND'],
    ['nobody/versions/1/bom', 404, 'RESOURCE_NOT_FOUND'],
    ['nobody/versions/one/card', 400, 'INVALID_PARAMETER'],
    ['nobody/versions/0/bom', 400, 'INVALID_PARAMETER'],
    ['a%00b/versions/1/card', 404, 'RESOURCE_NOT_FOUND'],
  ])('are not there for %s', async (path, status, code) => {
    const answer = await ask(path);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(await answer.json()).toMatchObject({ code });
  });
});
