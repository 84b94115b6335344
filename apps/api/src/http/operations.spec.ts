import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { modelFolder, ModelFolder } from '@thorax/inference/testing';
import { form, post } from '../testing/http.client';
import { pngFile } from '@thorax/radiograph/testing';
import { RunningApplication, startApplication } from '../testing/start-application';
import { renderApiDescription } from './api-description';

jest.setTimeout(60_000);

describe('the API description', () => {
  it('is checked in as it is generated (npm run openapi renews it)', async () => {
    const checkedIn = await readFile(join(__dirname, '../../openapi.json'), 'utf8');
    expect(await renderApiDescription()).toBe(checkedIn);
  });
});

describe('operating it', () => {
  let model: ModelFolder;
  let app: RunningApplication;
  beforeAll(async () => {
    model = await modelFolder();
    app = await startApplication({ MODEL_PATH: model.modelPath, LOG_LEVEL: 'info' });
  });
  afterAll(async () => {
    await app?.stop();
    await model?.remove();
  });

  it('is ready when database, queue, object store and model are', async () => {
    const response = await fetch(`${app.url}/health/ready`);
    expect(response.status).toBe(200);
    const { details } = (await response.json()) as { details: Record<string, { status: string }> };
    expect(Object.keys(details).sort()).toEqual(['database', 'model', 'object_store', 'queue']);
    expect(Object.values(details).every(({ status }) => status === 'up')).toBe(true);
  });

  it('serves Swagger UI and the document it shows', async () => {
    expect(await (await fetch(`${app.url}/docs`)).text()).toContain('swagger-ui');
    const served = (await (await fetch(`${app.url}/docs/openapi.json`)).json()) as { paths: object };
    expect(Object.keys(served.paths)).toContain('/predict');
  });

  const promtool = spawnSync('promtool', ['--version']).status === 0;
  (promtool ? it : it.skip)(
    'exposes metrics that promtool finds nothing to say about (needs promtool)',
    async () => {
      await post(`${app.url}/predict`, form('file', await pngFile()));
      const metrics = await (await fetch(`${app.url}/metrics`)).text();
      const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
        input: metrics,
        encoding: 'utf8',
      });
      expect({ status, said: stdout + stderr }).toEqual({ status: 0, said: '' });
    },
  );

  it('logs requests as lines of JSON without query, headers or file names', async () => {
    const body = new FormData();
    body.append('file', new Blob([(await pngFile()) as Uint8Array<ArrayBuffer>]), 'DOE^JANE.png');
    await fetch(`${app.url}/predict?patient=DOE`, { method: 'POST', body, headers: { 'X-Patient': 'DOE' } });
    await fetch(`${app.url}/api/v1/predictions?page=1`);
    const requests = app.output
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as { method?: string; path?: string; statusCode?: number });
    expect(requests).toContainEqual(
      expect.objectContaining({
        method: 'POST',
        path: '/predict',
        statusCode: 200,
        requestId: expect.any(String),
      }),
    );
    expect(app.output.join('\n')).not.toMatch(/DOE/);
  });

  it('sends headers that keep a page from being misused', async () => {
    const { headers } = await fetch(`${app.url}/health/live`);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("default-src 'self'");
  });
});

describe('a replica without the http role', () => {
  it('answers health and metrics, and nothing else', async () => {
    const model = await modelFolder();
    const app = await startApplication({ MODEL_PATH: model.modelPath, THORAX_ROLES: 'worker' });
    const status = async (path: string) => (await fetch(app.url + path)).status;
    expect(await status('/health/ready')).toBe(200);
    expect(await status('/metrics')).toBe(200);
    for (const path of ['/', '/api/v1/predictions', '/v2', '/v2/health/live'])
      expect(await status(path)).toBe(404);
    await app.stop();
    await model.remove();
  });
});
