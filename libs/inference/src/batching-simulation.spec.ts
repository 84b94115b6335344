import fc from 'fast-check';
import { InferenceTimeoutError } from './errors';
import { infer, loadedPool, SERVING } from './testing/loaded-pool';
import { modelDescription } from './testing/model-description';
import { ScriptedWorker } from './testing/scripted-workers';

type Step =
  | { do: 'submit'; images: number; caller: string; priority: number; queueTimeoutMs: number; side: number }
  | { do: 'advance'; ms: number }
  | { do: 'answer'; worker: number }
  | { do: 'cancel'; which: number }
  | { do: 'crash'; worker: number };

const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record<Step & { do: 'submit' }>({
      do: fc.constant('submit'), images: fc.integer({ min: 1, max: 4 }), caller: fc.constantFrom('a', 'b', 'c'),
      priority: fc.integer({ min: 1, max: 3 }), queueTimeoutMs: fc.constantFrom(0, 0, 15, 40), side: fc.constantFrom(640, 640, 640, 320),
    }) },
    { weight: 4, arbitrary: fc.record<Step & { do: 'answer' }>({ do: fc.constant('answer'), worker: fc.nat(1) }) },
    { weight: 3, arbitrary: fc.record<Step & { do: 'advance' }>({ do: fc.constant('advance'), ms: fc.integer({ min: 1, max: 12 }) }) },
    { weight: 1, arbitrary: fc.record<Step & { do: 'cancel' }>({ do: fc.constant('cancel'), which: fc.nat(1000) }) },
    { weight: 1, arbitrary: fc.record<Step & { do: 'crash' }>({ do: fc.constant('crash'), worker: fc.nat(1) }) },
  ),
  { minLength: 5, maxLength: 60 },
); // prettier-ignore

interface Sent {
  readonly tag: number;
  readonly caller: string;
  readonly priority: number;
  readonly side: number;
  readonly acceptedAt: number;
  readonly queueTimeoutMs: number;
  readonly controller: AbortController;
  settledAt?: number;
  outcome?: 'answered' | Error;
  settlements: number;
}

/** A pool under a random load, and everything that is known about it. */
class Simulation {
  readonly made = loadedPool({ workers: 2, requestTimeoutMs: 100_000, stallTimeoutMs: 90_000 });
  readonly sent: Sent[] = [];

  async run(step: Step): Promise<void> {
    const { clock } = this.made;
    if (step.do === 'submit') this.submit(step);
    else if (step.do === 'cancel')
      this.sent[step.which % Math.max(this.sent.length, 1)]?.controller.abort(new Error('gone'));
    else if (step.do === 'advance') {
      for (let ms = 0; ms < step.ms; ms++) {
        clock.advance(1);
        await this.check();
      }
    } else {
      const worker = this.alive[step.worker % Math.max(this.alive.length, 1)];
      if (step.do === 'crash') worker?.crash();
      else if (worker && worker.jobs.length > 0) worker.answer();
      clock.advance(0);
      this.startNewcomers();
    }
    await this.check();
  }

  /** Lets everything come to an end. */
  async finish(): Promise<void> {
    for (let round = 0; round < 1000 && this.sent.some(({ settlements }) => settlements === 0); round++) {
      this.startNewcomers();
      for (const worker of this.alive) while (worker.jobs.length > 0) worker.answer();
      for (let ms = 0; ms < 50; ms++) {
        this.made.clock.advance(1);
        await settled();
      }
    }
  }

  private get alive(): ScriptedWorker[] {
    return this.made.workers.filter((worker) => !worker.isGone);
  }

  private startNewcomers(): void {
    for (const worker of this.alive)
      if (!worker.hasStarted) worker.start(modelDescription({ serving: SERVING }));
  }

  private submit({ images, caller, priority, queueTimeoutMs, side }: Step & { do: 'submit' }): void {
    const { pool, clock } = this.made;
    const controller = new AbortController();
    const one: Sent = {
      tag: this.sent.length, caller, priority, side, queueTimeoutMs, controller, acceptedAt: clock.now(), settlements: 0,
    }; // prettier-ignore
    this.sent.push(one);
    const settle = (outcome: Sent['outcome']): void => {
      Object.assign(one, { outcome, settledAt: clock.now(), settlements: one.settlements + 1 });
    };
    const options = { caller, priority, queueTimeoutMs, signal: controller.signal };
    infer(pool, images, side, one.tag, options).then(() => settle('answered'), settle);
  }

  private get dispatched(): Set<number> {
    return new Set(this.made.workers.flatMap(({ groups }) => groups.flat().map(tagOf)));
  }

  /** What must hold at any moment. */
  private async check(): Promise<void> {
    await settled();
    const { clock, pool } = this.made;
    const dispatched = this.dispatched;
    const waiting = this.sent.filter(({ tag, settlements }) => settlements === 0 && !dispatched.has(tag));
    const free = this.alive.some((worker) => worker.hasStarted && worker.jobs.length === 0);
    for (const { acceptedAt, queueTimeoutMs } of waiting) {
      const waited = clock.now() - acceptedAt;
      if (free) expect(waited).toBeLessThan(SERVING.maxQueueDelayMicroseconds / 1000);
      if (queueTimeoutMs > 0) expect(waited).toBeLessThan(queueTimeoutMs);
    }
    expect(pool.stats().queued).toBeGreaterThanOrEqual(waiting.length);
    for (const { controller, settlements } of this.sent)
      if (controller.signal.aborted) expect(settlements).toBe(1);
  }
}

function tagOf({ task: { bytes } }: { task: { bytes: Uint8Array } }): number {
  return bytes[0]! + bytes[1]! * 256;
}

describe('a pool, whatever comes', () => {
  it('nothing is lost, answered twice, late, out of order, oversized or mixed', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (commands) => {
        const simulation = new Simulation();
        for (const command of commands) await simulation.run(command);
        await simulation.finish();
        const { sent, made } = simulation;
        expect(sent.map(({ settlements }) => settlements)).toEqual(sent.map(() => 1));
        for (const { outcome, acceptedAt, settledAt, queueTimeoutMs } of sent) {
          if (outcome instanceof InferenceTimeoutError) expect(settledAt! - acceptedAt).toBe(queueTimeoutMs);
        }
        for (const worker of made.workers) worker.groups.forEach((group) => checkGroup(group, sent));
        checkOrder(made.workers, sent);
        const { completed, failed, timedOut, cancelled, refused, queued, running } = made.pool.stats();
        expect(completed + failed + timedOut + cancelled + refused).toBe(sent.length);
        expect({ queued, running }).toEqual({ queued: 0, running: 0 });
        await made.pool.drain(0);
        expect(made.clock.pending).toBe(0);
      }),
      { numRuns: 150 },
    );
  }, 120_000);
});

function checkGroup(group: ScriptedWorker['groups'][number], sent: readonly Sent[]): void {
  const images = group.reduce((sum, { task }) => sum + (task.kind === 'infer' ? task.dims[0] : 1), 0);
  expect(images).toBeLessThanOrEqual(SERVING.maxBatchSize);
  expect(new Set(group.map((job) => sent[tagOf(job)]!.side)).size).toBe(1);
}

/** Every caller's requests of a level leave the queue in their order; repetitions after a loss aside. */
function checkOrder(workers: readonly ScriptedWorker[], sent: readonly Sent[]): void {
  const first = new Map<number, number>();
  for (const { id, tag } of workers
    .flatMap(({ groups }) => groups.flat().map((job) => ({ id: job.order, tag: tagOf(job) })))
    .sort((a, b) => a.id - b.id)) {
    if (!first.has(tag)) first.set(tag, id);
  }
  for (const key of new Set(sent.map(({ caller, priority }) => `${caller}${priority}`))) {
    const left = sent.filter(({ caller, priority, tag }) => `${caller}${priority}` === key && first.has(tag));
    const orders = left.map(({ tag }) => first.get(tag)!);
    expect(orders).toEqual(orders.toSorted((a, b) => a - b));
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
