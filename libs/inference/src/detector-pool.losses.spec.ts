import { DetectorPool, PoolOptions, RequestOptions } from './detector-pool';
import { InferenceFailedError, ModelFileMissingError, ModelUnavailableError } from './errors';
import { RemoteEndpointUnavailableError } from './remote/remote.errors';
import { ManualClock } from './testing/manual-clock';
import { scriptedPool } from './testing/scripted-pool';
import { ScriptedWorker } from './testing/scripted-workers';

const MISSING = new ModelFileMissingError({ path: '/m.onnx', reason: 'ENOENT' });

describe('a DetectorPool that loses workers', () => {
  let clock: ManualClock;
  let workers: ScriptedWorker[];
  let pool: DetectorPool;

  function startPool(overrides: Partial<PoolOptions> = {}): void {
    ({ pool, clock, workers } = scriptedPool(overrides));
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

  it('replaces a crashed worker and tries its request again elsewhere', async () => {
    readyPool();
    const request = detect();
    workers[0]!.crash();
    expect(jobs()).toEqual([1, 1]);
    workers[1]!.answer();
    await expect(request).resolves.toBeDefined();
    clock.advance(0);
    workers[2]!.start();
    expect(pool.stats()).toMatchObject({ workersReady: 2, restarts: 1, completed: 1, failed: 0 });
  });

  it('ends a worker that hangs, and serves its request elsewhere', async () => {
    readyPool();
    const request = detect();
    clock.advance(300);
    expect(workers[0]!.terminated).toBe(true);
    workers[1]!.answer();
    await expect(request).resolves.toBeDefined();
    expect(pool.stats().restarts).toBe(1);
  });

  it('does not listen to a worker it has given up', async () => {
    readyPool();
    const request = detect();
    clock.advance(300);
    workers[0]!.answer([
      { class: 'late', classIndex: 0, confidence: 1, box: { xMin: 0, yMin: 0, xMax: 1, yMax: 1 } },
    ]);
    workers[1]!.answer();
    await expect(request).resolves.toMatchObject({ findings: [] });
  });

  it('serves a lost request before those that wait, and keeps it even when the queue is full', () => {
    readyPool();
    for (let value = 0; value < 4; value++) void detect({}, Uint8Array.of(value));
    workers[0]!.crash();
    expect(pool.stats().queued).toBe(3);
    workers[1]!.answer();
    expect(workers[1]!.jobs[0]!.task.bytes).toEqual(Uint8Array.of(0));
  });

  it('tells the caller of a worker that was lost with its request', async () => {
    readyPool({ workers: 1 });
    const onWorkerLost = jest.fn();
    const request = detect({ onWorkerLost });
    workers[0]!.crash();
    expect(onWorkerLost).toHaveBeenCalledTimes(1);
    clock.advance(0);
    workers[1]!.start();
    workers[1]!.answer();
    await expect(request).resolves.toMatchObject({ findings: [] });
  });

  it('replaces at once again after a worker that did answer', () => {
    readyPool({ workers: 1 });
    workers[0]!.crash();
    clock.advance(0);
    workers[1]!.start();
    void detect();
    workers[1]!.answer();
    workers[1]!.crash();
    clock.advance(0);
    expect(workers).toHaveLength(3);
  });

  it('gives every worker the model when it can be loaded after all', () => {
    startPool();
    workers[0]!.startWithout(MISSING);
    workers[1]!.crash();
    clock.advance(0);
    workers[2]!.start();
    expect(workers[0]!.terminated).toBe(true);
    clock.advance(0);
    expect(workers).toHaveLength(4);
    expect(pool.model.status).toBe('ready');
  });

  it('loads anew, with growing pauses, a model whose server is away, and no file', () => {
    startPool();
    const away = new RemoteEndpointUnavailableError({ endpoints: ['http://one'], reason: 'away' });
    workers[0]!.startWithout(away);
    expect(pool.model).toEqual({ status: 'unavailable', error: away });
    const before = workers.length;
    clock.advance(0);
    workers.at(-1)!.startWithout(away);
    clock.advance(249);
    expect(workers).toHaveLength(before + 1);
    clock.advance(1);
    workers.at(-1)!.start();
    expect(pool.model.status).toBe('ready');
  });

  it('gives up on a request that costs two workers', async () => {
    readyPool();
    const request = detect();
    workers[0]!.crash();
    workers[1]!.crash('it threw RangeError');
    await expect(request).rejects.toThrow(
      new InferenceFailedError({ attempts: 2, reason: 'it threw RangeError' }),
    );
  });

  it('pauses between replacements that keep dying', () => {
    readyPool({ workers: 1 });
    workers[0]!.crash();
    clock.advance(0);
    workers[1]!.crash();
    clock.advance(249);
    expect(workers).toHaveLength(2);
    clock.advance(1);
    expect(workers).toHaveLength(3);
  });

  it('stays ready while another worker has the model, and replaces the one that could not load it', () => {
    readyPool();
    workers[0]!.crash();
    clock.advance(0);
    workers[2]!.startWithout(MISSING);
    expect(pool.model.status).toBe('ready');
    expect(workers[2]!.terminated).toBe(true);
  });

  it('becomes unavailable with the last model, telling those who wait', async () => {
    readyPool({ workers: 1 });
    void detect().catch(() => undefined);
    const waiting = detect();
    workers[0]!.crash();
    clock.advance(0);
    workers[1]!.startWithout(MISSING);
    await expect(waiting).rejects.toThrow(ModelUnavailableError);
    expect(pool.model).toEqual({ status: 'unavailable', error: MISSING });
  });
});
