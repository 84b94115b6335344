import { DeadlineUnreachableError, InferenceTimeoutError, QueueFullError } from './errors';
import { detect, infer, loadedPool, SERVING } from './testing/loaded-pool';
import { modelDescription } from './testing/model-description';
import { ScriptedWorker } from './testing/scripted-workers';

const groupSizes = ({ groups }: ScriptedWorker): number[] => groups.map((jobs) => jobs.length);
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a pool that batches', () => {
  it('sends a preferred size as one group and says so in every answer', async () => {
    const { pool, clock, workers } = loadedPool();
    const first = detect(pool);
    clock.advance(4);
    const rest = [detect(pool), detect(pool), detect(pool)];
    expect(groupSizes(workers[0]!)).toEqual([4]);
    for (let i = 0; i < 4; i++) workers[0]!.answer();
    expect((await first).batch).toEqual({ queueMs: 4, batchSize: 4, reason: 'preferred' });
    expect((await rest[2])!.batch).toEqual({ queueMs: 0, batchSize: 4, reason: 'preferred' });
  });

  it('sends what is there when the oldest has waited the delay, to the microsecond', async () => {
    const { pool, clock, workers } = loadedPool(
      {},
      { serving: { ...SERVING, maxQueueDelayMicroseconds: 100 } },
    );
    const answer = detect(pool);
    clock.advance(0.099);
    expect(workers[0]!.jobs).toHaveLength(0);
    clock.advance(0.001);
    workers[0]!.answer();
    expect((await answer).batch).toMatchObject({ reason: 'delay', batchSize: 1 });
  });

  it('batches images and raw tensors of the same shape together, others not', () => {
    const { pool, workers } = loadedPool();
    void detect(pool);
    void infer(pool, 2);
    void infer(pool, 1, 320);
    expect(groupSizes(workers[0]!)).toEqual([2]);
  });

  it('does not let an image to paint wait for company', () => {
    const { pool, workers } = loadedPool({ workers: 1, jobsPerWorker: 2 });
    void detect(pool);
    void pool.submit({ kind: 'render', bytes: Uint8Array.of(1) });
    expect(workers[0]!.jobs.map(({ task }) => task.kind)).toEqual(['render']);
  });

  it('lets higher levels into the batch first, and callers in turn', () => {
    const { pool, workers } = loadedPool();
    for (let tag = 0; tag < 4; tag++) void detect(pool, {}, tag);
    for (let tag = 10; tag < 14; tag++) void detect(pool, { caller: 'a', priority: 3 }, tag);
    void detect(pool, { caller: 'b', priority: 3 }, 20);
    void detect(pool, { priority: 1 }, 30);
    for (let i = 0; i < 4; i++) workers[0]!.answer();
    expect(workers[0]!.jobs.map(({ task }) => task.bytes[0])).toEqual([30, 10, 20, 11]);
  });

  it('sends what waits at once when it is drained', async () => {
    const { pool, workers } = loadedPool();
    const answer = detect(pool);
    const drained = pool.drain(1000);
    workers[0]!.answer();
    expect((await answer).batch).toMatchObject({ reason: 'drain' });
    await drained;
  });

  it.each([
    [0, 1],
    [2, 2],
  ])('does not wait for company that a queue of %i has no room for', (maxQueueSize, group) => {
    const { pool, workers } = loadedPool({ maxQueueSize });
    for (let i = 0; i < group; i++) void detect(pool);
    expect(groupSizes(workers[0]!)).toEqual([group]);
  });

  it('tries requests of a lost batch again one by one, so that the guilty one cannot take others along', async () => {
    const { pool, workers, clock } = loadedPool({ workers: 2 });
    const answers = [1, 2, 3, 4].map((tag) => detect(pool, {}, tag));
    workers[0]!.crash();
    expect(workers[1]!.jobs.map(({ task }) => task.bytes[0])).toEqual([1]);
    workers[1]!.crash();
    await expect(answers[0]).rejects.toMatchObject({ code: 'INFERENCE_FAILED' });
    clock.advance(250);
    for (const worker of workers.slice(2)) worker.start(modelDescription({ serving: SERVING }));
    for (let i = 0; i < 3; i++) workers.find((worker) => worker.jobs.length > 0 && !worker.isGone)!.answer();
    const [, ...innocent] = answers;
    expect((await Promise.all(innocent)).map(({ batch }) => batch!.reason)).toEqual([
      'alone',
      'alone',
      'alone',
    ]);
  });

  it.each([
    ['be refused', { queueTimeoutMs: 6 }],
    ['come too late', { deadlineMs: 6 }],
  ])('does not let a request wait for company until it would %s', async (_, options) => {
    const { pool, clock, workers } = loadedPool();
    const answer = detect(pool, options);
    clock.advance(4);
    expect(workers[0]!.jobs).toHaveLength(0);
    clock.advance(1);
    workers[0]!.answer();
    expect((await answer).batch).toEqual({ queueMs: 5, batchSize: 1, reason: 'deadline' });
  });

  describe('with rules for its queue', () => {
    it('refuses what has waited too long on time, however busy the worker', async () => {
      const { pool, clock, workers } = loadedPool({ queue: { queueTimeoutMs: 50 } });
      for (let i = 0; i < 4; i++) void detect(pool).catch(() => undefined);
      const waiting = detect(pool);
      const hurried = detect(pool, { queueTimeoutMs: 20 });
      clock.advance(20);
      await expect(hurried).rejects.toThrow(new InferenceTimeoutError({ timeoutMs: 20, phase: 'queued' }));
      clock.advance(30);
      await expect(waiting).rejects.toThrow(new InferenceTimeoutError({ timeoutMs: 50, phase: 'queued' }));
      expect(pool.stats()).toMatchObject({ queued: 0, running: 4, timedOut: 2 });
      expect(workers[0]!.jobs).toHaveLength(4);
    });

    it('serves it last instead where the level says so', () => {
      const queue = { levels: { 3: { queueTimeoutMs: 20, timeoutAction: 'delay' } } } as const;
      const { pool, clock, workers } = loadedPool({ queue });
      for (let i = 0; i < 4; i++) void detect(pool);
      void detect(pool, { priority: 3 }, 1);
      clock.advance(20);
      for (const tag of [2, 3, 4, 5]) void detect(pool, { priority: 3 }, tag);
      for (let i = 0; i < 8; i++) workers[0]!.answer();
      clock.advance(10);
      const tags = workers[0]!.groups.flat().map(({ task }) => task.bytes[0]);
      expect(tags.slice(4)).toEqual([2, 3, 4, 5, 1]);
    });

    it('limits each level by itself', async () => {
      const { pool } = loadedPool({ queue: { levels: { 3: { maxQueueSize: 1 } } } });
      for (let i = 0; i < 4; i++) void detect(pool);
      void detect(pool, { priority: 3 });
      await expect(detect(pool, { priority: 3 })).rejects.toThrow(QueueFullError);
      void detect(pool, { priority: 1 });
      expect(pool.stats()).toMatchObject({ queued: 2, refused: 1 });
    });

    it('takes those of the model where the application has none', () => {
      const serving = { ...SERVING, queue: { queueTimeoutMs: 5, preserveOrdering: true } };
      const { pool, clock } = loadedPool({}, { serving });
      for (let i = 0; i < 4; i++) void detect(pool);
      void detect(pool, { priority: 3 }).catch(() => undefined);
      clock.advance(5);
      expect(pool.stats()).toMatchObject({ queued: 0, running: 4, timedOut: 1 });
    });

    it('lets answers leave in the order of acceptance', async () => {
      const { pool, workers } = loadedPool({ workers: 2, queue: { preserveOrdering: true } });
      const left: string[] = [];
      for (let i = 0; i < 8; i++) void detect(pool, { caller: `${i % 2}` }).then(() => left.push(`${i}`));
      for (let i = 0; i < 4; i++) workers[1]!.answer();
      await settled();
      expect(left).toEqual([]);
      for (let i = 0; i < 4; i++) workers[0]!.answer();
      await settled();
      expect(left.join('')).toBe('01234567');
    });
  });

  describe('asked for an answer by a deadline', () => {
    /** A pool in which a request is known to take 100 ms of the one worker. */
    async function measuredPool() {
      const made = loadedPool({}, { serving: { ...SERVING, maxBatchSize: 1, preferredBatchSizes: [1] } });
      const first = detect(made.pool);
      made.clock.advance(100);
      made.workers[0]!.answer();
      await first;
      return made;
    }

    it('refuses at once what would come too late, and says when to return', async () => {
      const { pool } = await measuredPool();
      for (let i = 0; i < 10; i++) void detect(pool);
      const refused = detect(pool, { deadlineMs: 1000 });
      await expect(refused).rejects.toThrow(DeadlineUnreachableError);
      await expect(refused).rejects.toMatchObject({ details: { predictedMs: 1050, retryAfterSeconds: 1 } });
      expect(pool.stats()).toMatchObject({ queued: 9, refused: 1 });
    });

    it('accepts what a higher level, or a turn of its own, brings in time', () => {
      return measuredPool().then(({ pool }) => {
        for (let i = 0; i < 10; i++) void detect(pool, { caller: 'greedy' });
        void detect(pool, { deadlineMs: 300, priority: 1 });
        void detect(pool, { deadlineMs: 500, caller: 'modest' });
        expect(pool.stats()).toMatchObject({ queued: 11, refused: 0 });
      });
    });

    it('ends it at the deadline when the prediction was wrong', async () => {
      const { pool, clock } = await measuredPool();
      const late = detect(pool, { deadlineMs: 150 });
      clock.advance(150);
      await expect(late).rejects.toThrow(new InferenceTimeoutError({ timeoutMs: 150, phase: 'running' }));
    });
  });

  describe('that learns', () => {
    async function learn(costs: readonly number[]): Promise<ReturnType<typeof loadedPool>> {
      const made = loadedPool({ adaptiveBatching: true });
      for (const cost of costs) {
        made.clock.advance(100);
        made.workers[0]!.answerMeasurement(cost);
        await settled();
      }
      return made;
    }

    it('does not batch before it knows, and says so', async () => {
      const { pool, workers } = loadedPool({ adaptiveBatching: true });
      const answer = detect(pool);
      workers[0]!.answer();
      expect((await answer).batch).toMatchObject({ batchSize: 1, reason: 'unmeasured' });
    });

    it('never batches where it loses, and stops measuring there', async () => {
      const { pool, clock, workers } = await learn([22, 48]);
      clock.advance(1000);
      const answers = [detect(pool), detect(pool)];
      expect(groupSizes(workers[0]!).at(-1)).toBe(1);
      workers[0]!.answer();
      expect((await answers[0])!.batch).toMatchObject({ reason: 'no-gain' });
      expect(pool.stats()).toMatchObject({ completed: 1, batchLimit: { size: 1, because: 'no-gain' } });
    });

    it('batches where it wins', async () => {
      const { pool, workers } = await learn([10, 11, 12]);
      for (let i = 0; i < 4; i++) void detect(pool);
      expect(groupSizes(workers[0]!).at(-1)).toBe(4);
      expect(pool.stats().batchLimit).toEqual({ size: 4 });
    });

    it('closes in the middle of a measurement', async () => {
      const { pool, clock, workers } = await learn([10]);
      clock.advance(100);
      expect(workers[0]!.jobs).toHaveLength(1);
      await pool.drain(1000);
      expect(pool.stats()).toMatchObject({ completed: 0, failed: 0 });
    });
  });
});
