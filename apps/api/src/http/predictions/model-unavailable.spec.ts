import { modelFolder, ModelFolder } from '@thorax/inference/testing';
import { pngFile } from '@thorax/radiograph/testing';
import { call, form, post } from '../../testing/http.client';
import { RunningApplication, startApplication } from '../../testing/start-application';
import { Problem } from '../problem/problem';

jest.setTimeout(60_000);

interface Readiness {
  status: string;
  details: Record<string, { status: string; code?: string; message?: string }>;
}

describe.each([
  ['a missing model', undefined, 'MODEL_FILE_MISSING'],
  ['a corrupt model', new TextEncoder().encode('these are no weights'), 'MODEL_FILE_CORRUPT'],
])('with %s', (_, bytes, code) => {
  let model: ModelFolder;
  let app: RunningApplication;

  beforeAll(async () => {
    model = await modelFolder(bytes ?? {});
    app = await startApplication({ MODEL_PATH: bytes ? model.modelPath : `${model.modelPath}.gone` });
  });
  afterAll(async () => {
    await app?.stop();
    await model?.remove();
  });

  it('the process lives, and readiness says why it is not ready', async () => {
    expect((await fetch(`${app.url}/health/live`)).status).toBe(200);
    const { status, body } = await call<Readiness>(`${app.url}/health/ready`);
    expect(status).toBe(503);
    expect(body.details.model).toMatchObject({ status: 'down', code });
    expect(body.details.database.status).toBe('up');
  });

  it('predictions answer 503, and when to come back', async () => {
    const { status, headers, body } = await post<Problem>(
      `${app.url}/predict`,
      form('file', await pngFile()),
    );
    expect(status).toBe(503);
    expect(body.code).toBe('MODEL_UNAVAILABLE');
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  });
});
