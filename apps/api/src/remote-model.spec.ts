import { grayPng, modelFolder, ModelFolder } from '@thorax/inference/testing';
import { setTimeout } from 'node:timers/promises';
import { Answer, call, form, post } from './testing/http.client';
import { RunningApplication, startApplication } from './testing/start-application';

jest.setTimeout(180_000);

const FINDING = { box: { xMin: 8, yMin: 8, xMax: 40, yMax: 40 }, classIndex: 3, confidence: 0.5 };
const config = `
model: {name: tiny, version: '7'}
serving: {max_batch_size: 4, preferred_batch_size: [2, 4], max_queue_delay_microseconds: 0}`;

describe('a Thorax whose model runs on another Thorax', () => {
  let model: ModelFolder;
  let server: RunningApplication;
  let client: RunningApplication;
  let image: Uint8Array;
  const predict = (app: RunningApplication) =>
    post<{ predictions: object[]; code?: string }>(`${app.url}/predict`, form('file', image));
  const startServer = (port = '0') =>
    startApplication({ MODEL_PATH: model.modelPath, PORT: port, MAX_WORKERS: '1' });

  beforeAll(async () => {
    model = await modelFolder({ scoreFollowsBrightness: true, findings: [FINDING] }, config);
    image = await grayPng(51);
    server = await startServer();
    client = await startApplication({
      MODEL_ENDPOINTS: `${server.url}/v2`,
      MODEL_REMOTE_NAME: 'tiny',
      MODEL_REMOTE_TIMEOUT_MS: '2000',
      MODEL_PATH: '/nowhere/model.onnx',
      // A known image would be answered without the other.
      RESULT_CACHE: 'off',
      MAX_WORKERS: '1',
    });
  });
  afterAll(async () => {
    await client?.stop();
    await server?.stop();
    await model?.remove();
  });

  it('predicts what the other predicts', async () => {
    const [remote, own] = [await predict(client), await predict(server)];
    expect(remote.status).toBe(200);
    expect(remote.body.predictions).toHaveLength(1);
    expect(remote.body.predictions).toEqual(own.body.predictions);
  });

  it('takes name, version, class names and largest batch from the other', async () => {
    const description = await call(`${client.url}/v2/models/tiny/config`);
    expect(description.body).toMatchObject({
      max_batch_size: 4,
      parameters: { metadata: { string_value: expect.stringContaining('3: "Cardiomegaly"') } },
    });
    expect((await call(`${client.url}/v2/models/tiny`)).body).toMatchObject({ versions: ['7'] });
  });

  it('answers 503 while the other is away, and predicts again when it is back', async () => {
    const { port } = new URL(server.url);
    await server.stop();
    const refused = await predict(client);
    expect(refused).toMatchObject({ status: 503, body: { code: 'REMOTE_ENDPOINT_UNAVAILABLE' } });
    server = await startServer(port);
    expect(await untilPredicted()).toMatchObject({ status: 200 });
  });

  /** Nothing tells when the client has noticed. */
  async function untilPredicted(): Promise<Answer<object>> {
    for (let attempt = 0; ; attempt++) {
      const answer = await predict(client);
      if (answer.status === 200 || attempt === 300) return answer;
      await setTimeout(50);
    }
  }
});
