import {
  DeadlineUnreachableError,
  InferenceFailedError,
  InferenceTimeoutError,
  QueueFullError,
} from '../errors';
import { RequestOptions } from '../scheduling/pool-request';
import { ManualClock } from '../testing';
import { SingleFlight } from './single-flight';

interface Started {
  readonly who: string;
  readonly options: RequestOptions;
  readonly answer: (value: string) => void;
  readonly fail: (error: unknown) => void;
}

describe('SingleFlight', () => {
  let clock: ManualClock;
  let flights: SingleFlight<string>;
  let started: Started[];
  beforeEach(() => {
    clock = new ManualClock();
    flights = new SingleFlight(clock);
    started = [];
  });

  /** Joins and reports in words how it ended. */
  function join(who: string, options: RequestOptions = {}, key = 'image'): Promise<string> {
    const start = (terms: RequestOptions) =>
      new Promise<string>((answer, fail) => started.push({ who, options: terms, answer, fail }));
    return flights.join(key, start, options).then(
      ({ answer, joined }) => `${answer}${joined ? ', joined' : ''}`,
      (error: Error) => error.name,
    );
  }
  const leaders = () => started.map(({ who }) => who);
  const late = new InferenceTimeoutError({ timeoutMs: 5, phase: 'queued' });
  const settle = () => new Promise((resolve) => setImmediate(resolve));

  it('runs once for all that ask at the same time', async () => {
    const asked = Array.from({ length: 8 }, (_, index) => join(`caller ${index}`));
    expect(leaders()).toEqual(['caller 0']);
    started[0]!.answer('found');
    expect(await Promise.all(asked)).toEqual(['found', ...Array<string>(7).fill('found, joined')]);
    expect(flights.size).toBe(0);
  });

  it('runs for each key, and again for whoever comes later', async () => {
    void join('a', {}, 'one');
    const other = join('b', {}, 'other');
    started[1]!.answer('found');
    await other;
    void join('c', {}, 'other');
    expect(leaders()).toEqual(['a', 'b', 'c']);
    expect(flights.size).toBe(2);
  });

  it('passes on how the first wants to be treated', () => {
    void join('a', { priority: 1, caller: 'ward', deadlineMs: 50, queueTimeoutMs: 20 });
    expect(started[0]!.options).toEqual({
      priority: 1, caller: 'ward', deadlineMs: 50, queueTimeoutMs: 20, signal: expect.any(AbortSignal),
    }); // prettier-ignore
  });

  it('shares a failure, and does not remember it', async () => {
    const asked = [join('a'), join('b', { deadlineMs: 1_000 })];
    started[0]!.fail(new InferenceFailedError({ attempts: 2, reason: 'it crashed' }));
    expect(await Promise.all(asked)).toEqual(['InferenceFailedError', 'InferenceFailedError']);
    const again = join('c');
    started[1]!.answer('found');
    expect(await again).toBe('found');
  });

  it('lets a caller leave without harm to the others, its own run going on', async () => {
    const gone = new AbortController();
    const asked = [join('a', { signal: gone.signal }), join('b')];
    gone.abort(new DOMException('gone', 'AbortError'));
    expect(await asked[0]).toBe('AbortError');
    expect(started[0]!.options.signal!.aborted).toBe(false);
    started[0]!.answer('found');
    expect(await asked[1]).toBe('found, joined');
  });

  it('ends the run when nobody waits for it any more', async () => {
    const [one, other] = [new AbortController(), new AbortController()];
    const asked = [join('a', { signal: one.signal }), join('b', { signal: other.signal })];
    other.abort();
    expect(started[0]!.options.signal!.aborted).toBe(false);
    one.abort();
    expect(started[0]!.options.signal!.aborted).toBe(true);
    expect(await Promise.all(asked)).toEqual(['AbortError', 'AbortError']);
    expect(flights.size).toBe(0);
    // Nobody joins a run that was ended, although it has not said so yet.
    void join('c');
    expect(leaders()).toEqual(['a', 'c']);
  });

  it('does not begin for a caller that had left before', async () => {
    expect(await join('a', { signal: AbortSignal.abort() })).toBe('AbortError');
    expect(started).toEqual([]);
    expect(flights.size).toBe(0);
  });

  it('keeps the deadline of a caller that joined', async () => {
    const asked = [join('a'), join('b', { deadlineMs: 30 })];
    clock.advance(29);
    started.length = 1;
    clock.advance(1);
    expect(await asked[1]).toBe('InferenceTimeoutError');
    started[0]!.answer('found');
    expect(await asked[0]).toBe('found');
    expect(clock.pending).toBe(0);
  });

  it.each([
    ['timed out', late],
    [
      'was refused for its deadline',
      new DeadlineUnreachableError({ deadlineMs: 1, predictedMs: 2, retryAfterSeconds: 1 }),
    ],
    ['found no room on its level', new QueueFullError({ limit: '1', retryAfterSeconds: 1 })],
  ])('goes on for the patient when the run of an impatient caller %s', async (_, error) => {
    const asked = [
      join('a', { deadlineMs: 5 }),
      join('b', { deadlineMs: 5 }),
      join('c', { deadlineMs: 90 }),
      join('d'),
    ];
    started[0]!.fail(error);
    await settle();
    expect(leaders()).toEqual(['a', 'c']);
    // On the best terms among those left: no deadline.
    expect(started[1]!.options.deadlineMs).toBeUndefined();
    started[1]!.answer('found');
    expect(await Promise.all(asked)).toEqual([error.name, error.name, 'found', 'found, joined']);
  });

  it('lets nobody wait through more than two runs', async () => {
    const asked = [join('a', { deadlineMs: 5 }), join('b'), join('c')];
    started[0]!.fail(late);
    await settle();
    started[1]!.fail(late);
    expect(await Promise.all(asked)).toEqual(Array(3).fill('InferenceTimeoutError'));
    expect(leaders()).toEqual(['a', 'b']);
  });

  it('counts the time that has passed into the deadline of a second run', async () => {
    void join('a', { deadlineMs: 5 });
    void join('b', { deadlineMs: 90 });
    clock.advance(5);
    started[0]!.fail(late);
    await settle();
    expect(started[1]!.options.deadlineMs).toBe(85);
  });

  it('runs again for a more urgent caller, takes the first answer and withdraws the other run', async () => {
    const asked = [
      join('batch', { priority: 3 }),
      join('background', { priority: 3 }),
      join('reader', { priority: 1 }),
      join('default'),
    ];
    expect(leaders()).toEqual(['batch', 'reader']);
    started[1]!.answer('found');
    expect(await Promise.all(asked)).toEqual(['found, joined', 'found, joined', 'found', 'found, joined']);
    expect(started[0]!.options.signal!.aborted).toBe(true);
    started[0]!.fail(new Error('withdrawn'));
    await settle();
    expect(flights.size).toBe(0);
  });

  it('waits for the other run when the more urgent one found no room', async () => {
    const asked = [join('batch', { priority: 3 }), join('reader', { priority: 1 })];
    started[1]!.fail(late);
    expect(await asked[1]).toBe('InferenceTimeoutError');
    started[0]!.answer('found');
    expect(await asked[0]).toBe('found');
  });
});
