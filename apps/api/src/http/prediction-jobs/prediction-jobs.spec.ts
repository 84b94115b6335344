import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { modelFolder, ModelFolder } from '@thorax/inference/testing';
import { pngFile } from '@thorax/radiograph/testing';
import { call, form, post } from '../../testing/http.client';
import { RunningApplication, startApplication } from '../../testing/start-application';
import { Problem } from '../problem/problem';
import { PredictionJobDto, PredictionJobResultsDto } from './prediction-job.dto';

jest.setTimeout(180_000);

const film = (gray: number) =>
  pngFile({ width: 64, height: 64, samples: new Uint8Array(64 * 64).fill(gray) });
const films = (count: number) => Promise.all(Array.from({ length: count }, (_, index) => film(index)));

describe('prediction jobs', () => {
  let model: ModelFolder;
  let home: string;
  let app: RunningApplication;

  const start = () => startApplication({ MODEL_PATH: model.modelPath, THORAX_HOME: home, MAX_WORKERS: '1' });
  const jobs = (path = '') => `${app.url}/api/v1/prediction-jobs${path}`;
  const job = async (id: string) => (await call<PredictionJobDto>(jobs(`/${id}`))).body;

  /** Resolves with the job once `holds`. */
  async function jobOnce(id: string, holds: (job: PredictionJobDto) => boolean): Promise<PredictionJobDto> {
    for (;;) {
      const now = await job(id);
      if (holds(now)) return now;
    }
  }

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'thorax-jobs-'));
    model = await modelFolder({ busyWork: 5, scoreFollowsBrightness: true });
    app = await start();
  });
  afterAll(async () => {
    await app?.stop({ keepHome: true });
    await model?.remove();
    await rm(home, { recursive: true, force: true });
  });

  it('answers every image in the order of the request, bad ones with their own problem', async () => {
    const files = [await film(10), 'no image', await film(200)];
    const submitted = await post<PredictionJobDto>(jobs(), form('files', ...files));
    expect(submitted.status).toBe(202);
    expect(submitted.headers.get('location')).toBe(`/api/v1/prediction-jobs/${submitted.body.id}`);
    expect(submitted.body.total).toBe(3);

    const done = await jobOnce(submitted.body.id, ({ state }) => state === 'completed');
    expect(done).toMatchObject({ total: 3, predicted: 2, failed: 1 });
    const { body } = await call<PredictionJobResultsDto>(jobs(`/${done.id}/results`));
    expect(body.results.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(body.results[1].problem?.code).toBe('UNSUPPORTED_IMAGE_FORMAT');
    const [dark, , bright] = body.results.map(({ prediction }) => prediction?.predictions[0].confidence);
    expect(bright).toBeGreaterThan(dark!);
  });

  it('pages its results', async () => {
    const { body } = await post<PredictionJobDto>(jobs(), form('files', ...(await films(7))));
    await jobOnce(body.id, ({ state }) => state === 'completed');
    const page = await call<PredictionJobResultsDto>(jobs(`/${body.id}/results?page=2&page_size=3`));
    expect(page.body.results.map(({ index }) => index)).toEqual([3, 4, 5]);
    expect(page.body).toMatchObject({ page: 2, page_size: 3, total: 7 });
  });

  it('tells its progress as events, and ends them when it is settled', async () => {
    const { body } = await post<PredictionJobDto>(jobs(), form('files', ...(await films(12))));
    const response = await fetch(jobs(`/${body.id}/events`));
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const events = [...(await response.text()).matchAll(/^data: (.*)$/gm)].map(
      ([, data]) => JSON.parse(data) as PredictionJobDto,
    );
    const answered = events.map(({ predicted }) => predicted);
    expect(answered).toEqual([...answered].sort((a, b) => a - b));
    expect(events.at(-1)).toMatchObject({ state: 'completed', predicted: 12 });
  });

  it('is submitted once for one idempotency key', async () => {
    const send = async () =>
      call<PredictionJobDto>(jobs(), {
        method: 'POST',
        body: form('files', await film(1)),
        headers: { 'Idempotency-Key': 'k1' },
      });
    const answers = await Promise.all([send(), send(), send()]);
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
  });

  it('stops when it is cancelled, and keeps the answers that are there', async () => {
    const { body } = await post<PredictionJobDto>(jobs(), form('files', ...(await films(200))));
    await jobOnce(body.id, ({ predicted }) => predicted > 0);
    const cancelled = await call<PredictionJobDto>(jobs(`/${body.id}`), { method: 'DELETE' });
    expect(cancelled.body.state).toBe('cancelled');
    const later = await job(body.id);
    expect(later.predicted).toBeLessThan(200);
    expect((await call<PredictionJobDto>(jobs(`/${body.id}`), { method: 'DELETE' })).body.state).toBe(
      'cancelled',
    );
  });

  it.each(['SIGTERM', 'SIGKILL'])(
    'goes on after the process got %s, with nothing doubled or lost',
    async (signal) => {
      const { body } = await post<PredictionJobDto>(jobs(), form('files', ...(await films(60))));
      await jobOnce(body.id, ({ predicted }) => predicted > 0);
      if (signal === 'SIGTERM') await app.stop({ keepHome: true });
      else process.kill(app.pid, 'SIGKILL');
      app = await start();
      const resumed = await job(body.id);
      expect(resumed.predicted).toBeGreaterThan(0);
      const done = await jobOnce(body.id, ({ state }) => state === 'completed');
      expect(done).toMatchObject({ total: 60, predicted: 60, failed: 0 });
      const { results } = (await call<PredictionJobResultsDto>(jobs(`/${body.id}/results?page_size=200`)))
        .body;
      expect(results.map(({ index }) => index)).toEqual(Array.from({ length: 60 }, (_, index) => index));
    },
  );

  it.each([
    ['GET', ''],
    ['GET', '/results'],
    ['GET', '/events'],
    ['DELETE', ''],
  ])('is a 404 problem for %s of an unknown id %s', async (method, path) => {
    const { status, body } = await call<Problem>(jobs(`/01234567-89ab-4cde-8123-456789abcdef${path}`), {
      method,
    });
    expect(status).toBe(404);
    expect(body.code).toBe('PREDICTION_JOB_NOT_FOUND');
  });

  it('refuses a job without files, and a key that is none', async () => {
    expect((await post<Problem>(jobs(), new FormData())).body.code).toBe('FILE_MISSING');
    const bad = {
      method: 'POST',
      body: form('files', await film(1)),
      headers: { 'Idempotency-Key': 'two words' },
    };
    expect((await call<Problem>(jobs(), bad)).body.code).toBe('INVALID_IDEMPOTENCY_KEY');
  });
});
