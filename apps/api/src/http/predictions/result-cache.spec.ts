import { spawnSync } from 'node:child_process';
import { modelFolder, ModelFolder, RedisServer, startRedis } from '@thorax/inference/testing';
import { pngFile } from '@thorax/radiograph/testing';
import { form, post } from '../../testing/http.client';
import { RunningApplication, startApplication } from '../../testing/start-application';
import { PredictionDto } from './prediction.dto';

jest.setTimeout(120_000);

const redisInstalled = spawnSync('redis-server', ['--version']).status === 0;

const planted = (confidence: number, busyWork = 0) => ({
  inputSize: 64,
  busyWork,
  findings: [{ box: { xMin: 16, yMin: 16, xMax: 48, yMax: 48 }, classIndex: 3, confidence }],
});

const uniform = (gray: number) =>
  pngFile({ width: 64, height: 64, samples: new Uint8Array(4096).fill(gray) });

interface Answer {
  readonly prediction: PredictionDto;
  readonly cache: string | undefined;
}

async function predict(url: string, png: Uint8Array): Promise<Answer> {
  const { status, headers, body } = await post<PredictionDto>(`${url}/predict`, form('file', png));
  expect(status).toBe(200);
  return { prediction: body, cache: /cache;desc="(\w+)"/.exec(headers.get('server-timing')!)?.[1] };
}

async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  return Number(line?.split(' ')[1]);
}
const requests = (outcome: string) => `thorax_result_cache_requests_total{outcome="${outcome}"}`;
const same = ({ prediction: { inference_time: _time, ...rest } }: Answer) => rest;

describe('the result cache over HTTP', () => {
  let model: ModelFolder;
  beforeAll(async () => {
    model = await modelFolder(planted(0.5, 60));
  });
  afterAll(() => model.remove());

  describe('in memory, as by default', () => {
    let app: RunningApplication;
    beforeAll(async () => {
      app = await startApplication({ MODEL_PATH: model.modelPath, MAX_WORKERS: '1' });
    });
    afterAll(() => app.stop());

    it('answers the same image again, equally and without the model', async () => {
      const png = await uniform(50);
      const runs = () => metric(app.url, 'thorax_prediction_stage_duration_seconds_count{stage="run"}');
      const first = await predict(app.url, png);
      const before = await runs();
      const second = await predict(app.url, png);
      expect([first.cache, second.cache]).toEqual([undefined, 'hit']);
      expect(same(second)).toEqual(same(first));
      expect(first.prediction.predictions).toHaveLength(1);
      expect(second.prediction.inference_time).toBeLessThan(first.prediction.inference_time);
      expect(await runs()).toBe(before);
      expect(await metric(app.url, requests('hit'))).toBe(1);
      expect(await metric(app.url, 'thorax_result_cache_entries')).toBe(1);
      expect(await metric(app.url, 'thorax_result_cache_size_bytes')).toBeGreaterThan(0);
    });

    it('runs once for eight requests with one image at once', async () => {
      const png = await uniform(60);
      const before = await metric(app.url, requests('miss'));
      const answers = await Promise.all(Array.from({ length: 8 }, () => predict(app.url, png)));
      expect(await metric(app.url, requests('miss'))).toBe(before + 1);
      // Whoever came when the run was over found its result.
      expect(answers.filter(({ cache }) => cache === undefined)).toHaveLength(1);
      expect(new Set(answers.map((answer) => JSON.stringify(same(answer)))).size).toBe(1);
    });

    it('knows in a batch what it learned alone', async () => {
      const png = await uniform(70);
      await predict(app.url, png);
      const before = await metric(app.url, requests('hit'));
      await post(`${app.url}/predict/batch`, form('files', png, await uniform(71), png));
      expect(await metric(app.url, requests('hit'))).toBe(before + 2);
    });
  });

  it('can be off: then every request runs, and the counts stay 0', async () => {
    const app = await startApplication({ MODEL_PATH: model.modelPath, RESULT_CACHE: 'off' });
    const png = await uniform(50);
    const answers = [await predict(app.url, png), await predict(app.url, png)];
    expect(answers.map(({ cache }) => cache)).toEqual([undefined, undefined]);
    for (const outcome of ['hit', 'miss', 'joined']) expect(await metric(app.url, requests(outcome))).toBe(0);
    expect(await metric(app.url, 'thorax_prediction_stage_duration_seconds_count{stage="run"}')).toBe(2);
    await app.stop();
  });

  (redisInstalled ? describe : describe.skip)('in Redis (needs redis-server)', () => {
    let redis: RedisServer;
    beforeAll(async () => {
      redis = await startRedis();
    });
    afterAll(() => redis.stop());
    const started = (path: string) =>
      startApplication({ MODEL_PATH: path, RESULT_CACHE: 'redis', REDIS_URL: redis.url, MAX_WORKERS: '1' });

    it('answers for what another replica ran, never for another model, and does without Redis', async () => {
      const replaced = await modelFolder(planted(0.9));
      const png = await uniform(80);
      const apps = await Promise.all([model, model, replaced].map(({ modelPath }) => started(modelPath)));
      const [one, other, successor] = apps.map(({ url }) => url);
      const first = await predict(one!, png);
      const known = await predict(other!, png);
      expect(known.cache).toBe('hit');
      expect(known.prediction.predictions).toEqual(first.prediction.predictions);
      const own = await predict(successor!, png);
      expect(own.cache).toBeUndefined();
      expect(own.prediction.predictions[0]!.confidence).toBeCloseTo(0.9);
      redis.freeze();
      expect((await predict(one!, png)).cache).toBeUndefined();
      expect(await metric(one!, 'thorax_result_cache_store_failures_total{reason="failed"}')).toBeGreaterThan(
        0,
      );
      redis.resume();
      await Promise.all(apps.map((app) => app.stop()));
      await replaced.remove();
    });
  });
});
