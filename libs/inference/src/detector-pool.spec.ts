import { RefusedImageError } from '@thorax/radiograph';
import { DetectorPool, PoolModel, PoolOptions, RequestOptions } from './detector-pool';
import { DetectorClosedError, InferenceTimeoutError, ModelFileMissingError, QueueFullError } from './errors';
import { ManualClock } from './testing/manual-clock';
import { modelDescription } from './testing/model-description';
import { scriptedPool } from './testing/scripted-pool';
import { ScriptedWorker } from './testing/scripted-workers';

const MISSING = new ModelFileMissingError({ path: '/m.onnx', reason: 'ENOENT' });

describe('DetectorPool', () => {
  let clock: ManualClock;
  let workers: ScriptedWorker[];
  let pool: DetectorPool;
  let models: PoolModel[];

  function startPool(overrides: Partial<PoolOptions> = {}): void {
    ({ pool, clock, workers, models } = scriptedPool(overrides));
  }

  /** A pool whose workers are all loaded. */
  function readyPool(overrides: Partial<PoolOptions> = {}): void {
    startPool(overrides);
    workers[0]!.start();
    for (const worker of workers.slice(1)) worker.start();
  }

  const BYTES: Uint8Array = Uint8Array.of(1, 2, 3);
  const detect = (options?: RequestOptions, bytes = BYTES) => pool.submit({ kind: 'detect', bytes }, options);
  const jobs = (): number[] => workers.map((worker) => worker.jobs.length);

  describe('starting', () => {
    it('loads the model once before the other workers do', () => {
      startPool({ workers: 3 });
      expect(workers).toHaveLength(1);
      workers[0]!.start();
      expect(workers).toHaveLength(3);
      expect(pool.model).toEqual({ status: 'ready', model: modelDescription() });
    });

    it('binds later workers to the file the first one loaded', () => {
      startPool();
      workers[0]!.start(modelDescription({ digestSha256: 'cd'.repeat(32) }));
      expect(workers[0]!.init.model!.expectedSha256).toBeUndefined();
      expect(workers[1]!.init.model!.expectedSha256).toBe('cd'.repeat(32));
    });

    it('says why there is no model, once, and still renders', async () => {
      startPool();
      workers[0]!.startWithout(MISSING);
      expect(pool.model).toEqual({ status: 'unavailable', error: MISSING });
      expect(models).toHaveLength(1);
      const rendering = pool.submit({ kind: 'render', bytes: BYTES });
      workers[0]!.answer();
      await expect(rendering).resolves.toBeDefined();
    });

    it('becomes ready later when the worker died while loading', () => {
      startPool();
      workers[0]!.crash('it ran out of memory');
      expect(pool.model).toMatchObject({
        status: 'unavailable',
        error: { message: expect.stringContaining('memory') },
      });
      clock.advance(0);
      workers[1]!.start();
      expect(models.map(({ status }) => status)).toEqual(['unavailable', 'ready']);
    });

    it('gives up on a worker that does not finish loading', () => {
      startPool();
      clock.advance(5000);
      expect(workers[0]!.terminated).toBe(true);
      expect(pool.model).toMatchObject({ status: 'unavailable' });
    });
  });

  describe('dispatching', () => {
    beforeEach(() => readyPool());

    it('gives requests to idle workers and the next one to whoever is done', () => {
      for (let i = 0; i < 3; i++) void detect();
      expect(jobs()).toEqual([1, 1]);
      workers[1]!.answer();
      expect(jobs()).toEqual([1, 1]);
      expect(pool.stats()).toMatchObject({ queued: 0, running: 2, completed: 1 });
    });

    it('resolves with the answer and the time it queued', async () => {
      void detect();
      void detect();
      const third = detect();
      clock.advance(40);
      workers[0]!.answer();
      clock.advance(10);
      workers[0]!.answer([
        { class: 'ILD', classIndex: 5, confidence: 0.5, box: { xMin: 0, yMin: 0, xMax: 1, yMax: 1 } },
      ]);
      await expect(third).resolves.toMatchObject({ findings: [{ class: 'ILD' }], timingsMs: { queue: 40 } });
    });

    it('rejects with the error the worker reports, and goes on', async () => {
      const refused = detect();
      workers[0]!.fail(new RefusedImageError('CORRUPT_IMAGE', 'It is damaged.'));
      await expect(refused).rejects.toThrow(new RefusedImageError('CORRUPT_IMAGE', 'It is damaged.'));
      expect(pool.stats()).toMatchObject({ failed: 1, running: 0 });
    });

    it('copies bytes, which stay the caller’s, unless an image lies in shared memory', () => {
      const shared = new Uint8Array(new SharedArrayBuffer(12));
      void detect();
      void pool.submit({ kind: 'infer', bytes: shared, type: 'float32', dims: [1, 3, 1, 1] });
      void detect({}, shared);
      const own = workers.map((worker) => worker.jobs[0]!.task.bytes);
      expect(own).toEqual([BYTES, shared]);
      for (const { buffer } of own) expect([BYTES.buffer, shared.buffer]).not.toContain(buffer);
      workers[0]!.answer();
      expect(workers[0]!.jobs[0]!.task.bytes.buffer).toBe(shared.buffer);
    });

    it('serves priority 1 before others', () => {
      void detect();
      void detect();
      void detect({}, Uint8Array.of(7));
      void detect({ priority: 1 }, Uint8Array.of(9));
      workers[0]!.answer();
      expect(workers[0]!.jobs[0]!.task.bytes).toEqual(Uint8Array.of(9));
    });

    it('refuses when the queue is full and says when to come back', async () => {
      for (let i = 0; i < 4; i++) void detect();
      await expect(detect()).rejects.toThrow(
        new QueueFullError({ limit: '2 waiting requests', retryAfterSeconds: 1 }),
      );
      expect(pool.stats().refused).toBe(1);
    });

    it('refuses more bytes than it may hold, but never an image alone', async () => {
      void detect({}, new Uint8Array(2000));
      await expect(detect()).rejects.toThrow(/1000 bytes of images/);
      workers[0]!.answer();
      void detect();
      expect(jobs()).toEqual([1, 0]);
    });
  });

  it('prepares a second request a worker only when all have one', () => {
    readyPool({ jobsPerWorker: 2 });
    for (let i = 0; i < 3; i++) void detect();
    expect(jobs()).toEqual([2, 1]);
  });

  it('never makes anyone wait with a queue of size 0', async () => {
    readyPool({ maxQueueSize: 0 });
    void detect();
    void detect();
    await expect(detect()).rejects.toThrow(QueueFullError);
  });

  it('lets the policy group requests and wait for more', () => {
    readyPool({
      workers: 1,
      policy: ({ waiting, oldestWaitMs }) =>
        waiting >= 2 || oldestWaitMs >= 50 ? { take: 2 } : { take: 0, askAgainInMs: 50 - oldestWaitMs },
    });
    void detect();
    expect(jobs()).toEqual([0]);
    void detect();
    expect(jobs()).toEqual([2]);
    workers[0]!.answer();
    workers[0]!.answer();
    void detect();
    clock.advance(49);
    expect(jobs()).toEqual([0]);
    clock.advance(1);
    expect(jobs()).toEqual([1]);
  });

  describe('time running out', () => {
    it('ends a waiting request on time, however busy the workers are, and forgets it', async () => {
      readyPool({ stallTimeoutMs: 10_000 });
      const running = detect();
      void detect().catch(() => undefined);
      const waiting = detect();
      clock.advance(1000);
      await expect(waiting).rejects.toThrow(new InferenceTimeoutError({ timeoutMs: 1000, phase: 'queued' }));
      await expect(running).rejects.toThrow(new InferenceTimeoutError({ timeoutMs: 1000, phase: 'running' }));
      workers[0]!.answer();
      expect(jobs()).toEqual([0, 1]);
      expect(pool.stats()).toMatchObject({ timedOut: 3, queued: 0, completed: 0 });
    });

    it('ends a request with the reason of its signal', async () => {
      readyPool();
      const controller = new AbortController();
      void detect();
      void detect();
      const waiting = detect({ signal: controller.signal });
      controller.abort(new Error('the client is gone'));
      await expect(waiting).rejects.toThrow('the client is gone');
      expect(pool.stats()).toMatchObject({ queued: 0, cancelled: 1 });
      await expect(detect({ signal: controller.signal })).rejects.toThrow('the client is gone');
    });

    it('ignores a signal that comes after the answer', async () => {
      readyPool();
      const controller = new AbortController();
      const answered = detect({ signal: controller.signal });
      workers[0]!.answer();
      controller.abort();
      await expect(answered).resolves.toBeDefined();
      expect(pool.stats()).toMatchObject({ completed: 1, cancelled: 0 });
    });

    it('leaves no timer behind', async () => {
      readyPool();
      const answered = detect();
      workers[0]!.answer();
      await answered;
      expect(clock.pending).toBe(0);
    });
  });

  describe('draining', () => {
    it('finishes what was accepted, takes nothing new and stops every worker', async () => {
      readyPool();
      const accepted = [detect(), detect(), detect()];
      const drained = pool.drain(1000);
      await expect(detect()).rejects.toThrow(DetectorClosedError);
      workers[0]!.answer();
      workers[0]!.answer();
      workers[1]!.answer();
      await expect(Promise.all(accepted)).resolves.toHaveLength(3);
      await drained;
      expect(clock.pending).toBe(0);
    });

    it('gives up on the rest when the time is over', async () => {
      readyPool({ requestTimeoutMs: 60_000, stallTimeoutMs: 60_000 });
      const running = detect();
      const drained = pool.drain(1000);
      clock.advance(1000);
      await expect(running).rejects.toThrow(DetectorClosedError);
      await drained;
    });

    it('may be asked twice, and while loading', async () => {
      startPool();
      await Promise.all([pool.drain(10), pool.drain(10)]);
      expect(workers[0]!.terminated).toBe(true);
    });
  });
});
