import { connect } from 'node:net';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { RunningApplication, startApplication } from '../../testing/start-application';

jest.setTimeout(120_000);

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

interface BadInput {
  readonly name: string;
  readonly method?: string;
  /** Below `/api/2.0`. */
  readonly path: string;
  readonly body?: unknown;
  readonly status?: number;
  readonly code?: string;
}

const maxArtifactBytes = 1_000_000;
const artifacts = '/mlflow-artifacts/artifacts';
const long = 'x'.repeat(6_001);

const badInputs: BadInput[] = [
  { name: 'no JSON', path: '/mlflow/runs/create', body: '{' },
  { name: 'JSON that is no object', path: '/mlflow/runs/create', body: '[1]' },
  { name: 'a number for a text', path: '/mlflow/experiments/create', body: { name: 7 } },
  { name: 'no name', path: '/mlflow/experiments/create', body: {} },
  { name: 'a name with a NUL', path: '/mlflow/experiments/create', body: { name: 'a\0b' } },
  { name: 'an artifact location that climbs', path: '/mlflow/experiments/create', body: { name: 'x', artifact_location: 'mlflow-artifacts:/../x' } },
  { name: 'an unknown status', path: '/mlflow/runs/update', body: { run_id: 'x', status: 'DONE' } },
  { name: 'a time that no double holds', path: '/mlflow/runs/create', body: { start_time: 2 ** 60 } },
  { name: 'a metric that is no number', path: '/mlflow/runs/log-metric', body: { run_id: 'x', key: 'a', value: 'much', timestamp: 1 } },
  { name: 'a metric without a time', path: '/mlflow/runs/log-metric', body: { run_id: 'x', key: 'a', value: 'NaN' } },
  { name: 'a param too long', path: '/mlflow/runs/log-parameter', body: { run_id: 'x', key: 'a', value: long } },
  { name: 'an unknown run', path: '/mlflow/runs/log-parameter', body: { run_id: 'x', key: 'a', value: '1' }, status: 404, code: 'RESOURCE_DOES_NOT_EXIST' },
  { name: 'a page too large', path: '/mlflow/runs/search', body: { experiment_ids: ['0'], max_results: 50_001 } },
  { name: 'a filter that is SQL', path: '/mlflow/runs/search', body: { experiment_ids: ['0'], filter: "1=1; DROP TABLE tracking_run" } },
  { name: 'an experiment id that is SQL', path: '/mlflow/runs/search', body: { experiment_ids: ['0) OR (1=1'] } },
  { name: 'a model name with a slash', path: '/mlflow/registered-models/create', body: { name: 'a/b' } },
  { name: 'a version of no model', path: '/mlflow/model-versions/create', body: { name: 'nobody', source: 's3://b/m' }, status: 404, code: 'RESOURCE_DOES_NOT_EXIST' },
  { name: 'an upload that climbs', method: 'PUT', path: `${artifacts}/a/..%2f..%2fetc/passwd`, body: 'x' },
  { name: 'an upload that climbs backwards', method: 'PUT', path: `${artifacts}/a%5c..%5cb`, body: 'x' },
  { name: 'an upload to an absolute path', method: 'PUT', path: `${artifacts}/%2fetc/passwd`, body: 'x' },
  { name: 'an upload with a NUL in its path', method: 'PUT', path: `${artifacts}/a%00b`, body: 'x' },
  { name: 'an upload without a path', method: 'PUT', path: `${artifacts}/`, body: 'x' },
  { name: 'a download that climbs', method: 'GET', path: `${artifacts}/..%2f..%2fetc/passwd` },
  { name: 'a listing that climbs', method: 'GET', path: `${artifacts}?path=../../etc` },
  { name: 'a deletion of everything', method: 'DELETE', path: `${artifacts}/` },
  { name: 'a download of nothing', method: 'GET', path: `${artifacts}/nothing`, status: 404, code: 'RESOURCE_DOES_NOT_EXIST' },
  { name: 'an upload too large', method: 'PUT', path: `${artifacts}/large`, body: 'x'.repeat(maxArtifactBytes + 1), status: 413 },
  { name: 'an upload in parts', path: '/mlflow-artifacts/mpu/create/x', body: {}, status: 501, code: 'NOT_IMPLEMENTED' },
  { name: 'an unknown endpoint', path: '/mlflow/nothing', body: {}, status: 404, code: 'ENDPOINT_NOT_FOUND' },
]; // prettier-ignore

describe('bad input to the MLflow API', () => {
  let app: RunningApplication;
  beforeAll(async () => {
    app = await startApplication({ THORAX_ROLES: 'http', MAX_ARTIFACT_BYTES: String(maxArtifactBytes) });
  });
  afterAll(async () => {
    await app?.stop();
  });

  async function send(
    path: string,
    body?: unknown,
    { method = body === undefined ? 'GET' : 'POST', headers = {}, prefix = '/api/2.0' } = {},
  ): Promise<Answer> {
    const init = {
      method,
      headers,
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    };
    const response = await fetch(`${app.url}${prefix}${path}`, init);
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: JSON.parse(text) as Answer['body'] };
  }

  it.each(badInputs)('answers $name with MLflow’s error', async ({ path, body, method, status, code }) => {
    const answer = await send(path, body, { method });
    expect(answer).toMatchObject({
      status: status ?? 400,
      body: { error_code: code ?? 'INVALID_PARAMETER_VALUE', message: expect.any(String) },
    });
    expect(String(answer.body.message).length).toBeLessThan(600);
  });

  it('keeps nothing of an upload that breaks off, nor of one that is refused', async () => {
    const { port } = new URL(app.url);
    const socket = connect(Number(port), '127.0.0.1');
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    await new Promise<void>((resolve) =>
      socket.write(
        `PUT /api/2.0${artifacts}/half HTTP/1.1\r\nHost: x\r\nContent-Length: 500000\r\n\r\n${'x'.repeat(100_000)}`,
        () => resolve(),
      ),
    );
    await expectEventually(async () => (await stored('objects/.staging')).length === 1);
    socket.destroy();
    await closed;
    await expectEventually(async () => (await stored('objects/.staging')).length === 0);
    expect((await send(`${artifacts}/half`)).status).toBe(404);
    expect(await stored('objects/artifacts')).toEqual([]);
  });

  it('shows pages the same API under /ajax-api', async () => {
    const { body } = await send('/mlflow/experiments/get?experiment_id=0', undefined, {
      prefix: '/ajax-api/2.0',
    });
    expect(body).toMatchObject({ experiment: { name: 'Default' } });
  });

  it('stays out of the product’s own API description', async () => {
    const { paths } = (await (await fetch(`${app.url}/docs/openapi.json`)).json()) as { paths: object };
    expect(Object.keys(paths).filter((path) => path.includes('mlflow'))).toEqual([]);
  });

  it('moves a stage only from the revision that the caller saw, and says why afterwards', async () => {
    await send('/mlflow/registered-models/create', { name: 'etag' });
    await send('/mlflow/model-versions/create', { name: 'etag', source: 's3://bucket/model' });
    const seen = await send('/mlflow/model-versions/get?name=etag&version=1');
    const move = (stage: string) =>
      send(
        '/mlflow/model-versions/transition-stage',
        { name: 'etag', version: '1', stage, comment: 'Trial went well.', evidence: { report: 7 } },
        { headers: { 'If-Match': seen.headers.get('etag')! } },
      );
    expect(await move('Staging')).toMatchObject({
      status: 200,
      body: { model_version: { current_stage: 'Staging' } },
    });
    expect(await move('Canary')).toMatchObject({ status: 409, body: { error_code: 'RESOURCE_CONFLICT' } });
    const { body } = await send('/mlflow/model-versions/stage-transitions?name=etag&version=1');
    expect(body).toMatchObject({
      stage_transitions: [{ from_stage: 'None', to_stage: 'Staging', reason: 'Trial went well.', evidence: { report: 7 } }],
    }); // prettier-ignore
  });

  async function stored(folder: string): Promise<string[]> {
    const entries = await readdir(join(app.home, folder), { recursive: true, withFileTypes: true }).catch(
      () => [],
    );
    return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  }
});

async function expectEventually(check: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await check()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('It did not come to be.');
}
