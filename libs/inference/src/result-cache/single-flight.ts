import { DeadlineUnreachableError, InferenceTimeoutError, QueueFullError } from '../errors';
import { Clock } from '../scheduling/clock';
import { RequestOptions } from '../scheduling/pool-request';

/** Starts the work on these terms; `options.signal` ends it. */
export type StartRun<Answer> = (options: RequestOptions) => Promise<Answer>;

/** An answer, and whether another caller's run gave it. */
export interface SharedAnswer<Answer> {
  readonly answer: Answer;
  readonly joined: boolean;
}

/** How well a run is treated; a run covers a caller whom it serves at least as well as a run of the caller's own. */
interface Terms {
  /** Smaller is more urgent. */
  readonly priority: number;
  /** By the clock; Infinity: none. */
  readonly deadlineAt: number;
  /** Infinity: none. */
  readonly queueTimeoutMs: number;
}

interface Participant<Answer> {
  readonly terms: Terms;
  readonly caller: string | undefined;
  readonly start: StartRun<Answer>;
  readonly resolve: (answer: SharedAnswer<Answer>) => void;
  readonly reject: (reason: unknown) => void;
  /** Stops its timer and listening to its signal. */
  release: () => void;
}

interface Run<Answer> {
  readonly terms: Terms;
  /** Whose run it is. */
  readonly leader: Participant<Answer>;
  readonly abort: AbortController;
}

interface Flight<Answer> {
  readonly key: string;
  readonly participants: Set<Participant<Answer>>;
  readonly runs: Set<Run<Answer>>;
}

/** The level that requests without one have. */
const DEFAULT_PRIORITY = 2;

/**
 * Lets callers with the same key share one run instead of each starting their own.
 *
 * Promises: a caller that leaves (its signal, its deadline) leaves alone; the run is ended when nobody waits for it.
 * A failure is everybody's and is not remembered. A failure of terms (too late, no room) is only theirs whom the run
 * covered: the others go on together on the best terms among them, so nobody waits through more than two runs.
 * A more urgent caller starts a run of its own, and whichever answers first answers all. A caller that joins does not
 * queue, so its `queueTimeoutMs` says nothing until it leads.
 */
export class SingleFlight<Answer> {
  private readonly flights = new Map<string, Flight<Answer>>();

  constructor(private readonly clock: Clock) {}

  /** Keys with a run under way. */
  get size(): number {
    return this.flights.size;
  }

  /** Resolves with the answer of the run for `key`: one that is under way, or one that `start` starts. */
  join(key: string, start: StartRun<Answer>, options: RequestOptions = {}): Promise<SharedAnswer<Answer>> {
    const { signal, caller, deadlineMs } = options;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const terms = termsOf(options, this.clock.now());
      const participant = { terms, caller, start, resolve, reject, release: () => undefined };
      const flight = this.flightOf(key);
      flight.participants.add(participant);
      const leads = ![...flight.runs].some((run) => run.terms.priority <= terms.priority);
      // A run that it leads keeps its deadline itself, and knows better what it was waiting for.
      this.watch(flight, participant, signal, leads ? undefined : deadlineMs);
      if (leads) this.lead(flight, participant, terms);
    });
  }

  private flightOf(key: string): Flight<Answer> {
    const existing = this.flights.get(key);
    if (existing) return existing;
    const flight = { key, participants: new Set<Participant<Answer>>(), runs: new Set<Run<Answer>>() };
    this.flights.set(key, flight);
    return flight;
  }

  private watch(
    flight: Flight<Answer>,
    participant: Participant<Answer>,
    signal: AbortSignal | undefined,
    deadlineMs: number | undefined,
  ): void {
    const onAbort = (): void => this.leave(flight, participant, signal!.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    const cancel =
      deadlineMs === undefined || deadlineMs === Infinity
        ? undefined
        : this.clock.after(deadlineMs, () =>
            this.leave(
              flight,
              participant,
              new InferenceTimeoutError({ timeoutMs: deadlineMs, phase: 'queued' }),
            ),
          );
    participant.release = () => {
      cancel?.();
      signal?.removeEventListener('abort', onAbort);
    };
  }

  private lead(flight: Flight<Answer>, leader: Participant<Answer>, terms: Terms): void {
    const run: Run<Answer> = { terms, leader, abort: new AbortController() };
    flight.runs.add(run);
    const options = optionsOf(terms, leader.caller, run.abort.signal, this.clock.now());
    leader.start(options).then(
      (answer) => this.succeed(flight, run, answer),
      (error: unknown) => this.fail(flight, run, error),
    );
  }

  private succeed(flight: Flight<Answer>, run: Run<Answer>, answer: Answer): void {
    flight.runs.delete(run);
    for (const participant of flight.participants) {
      participant.release();
      participant.resolve({ answer, joined: participant !== run.leader });
    }
    flight.participants.clear();
    this.end(flight);
  }

  private fail(flight: Flight<Answer>, run: Run<Answer>, error: unknown): void {
    flight.runs.delete(run);
    const ended = isOfTerms(error)
      ? // Whoever has another run that is as good as a run of its own still has hope.
        ({ terms }: Participant<Answer>) =>
          covers(run.terms, terms) && ![...flight.runs].some((other) => covers(other.terms, terms))
      : () => true;
    for (const participant of [...flight.participants].filter(ended))
      this.dismiss(flight, participant, error);
    const [leader] = flight.participants;
    if (!leader) this.end(flight);
    else if (flight.runs.size === 0) this.lead(flight, leader, bestOf(flight.participants));
  }

  private leave(flight: Flight<Answer>, participant: Participant<Answer>, reason: unknown): void {
    this.dismiss(flight, participant, reason);
    if (flight.participants.size === 0) this.end(flight);
  }

  private dismiss(flight: Flight<Answer>, participant: Participant<Answer>, reason: unknown): void {
    flight.participants.delete(participant);
    participant.release();
    participant.reject(reason);
  }

  private end(flight: Flight<Answer>): void {
    if (this.flights.get(flight.key) === flight) this.flights.delete(flight.key);
    for (const { abort } of flight.runs) abort.abort();
  }
}

function termsOf(
  { priority, deadlineMs = Infinity, queueTimeoutMs = Infinity }: RequestOptions,
  now: number,
): Terms {
  return { priority: priority || DEFAULT_PRIORITY, deadlineAt: now + deadlineMs, queueTimeoutMs };
}

function optionsOf(
  { priority, deadlineAt, queueTimeoutMs }: Terms,
  caller: string | undefined,
  signal: AbortSignal,
  now: number,
): RequestOptions {
  return {
    priority,
    caller,
    signal,
    ...(deadlineAt !== Infinity && { deadlineMs: Math.max(0, deadlineAt - now) }),
    ...(queueTimeoutMs !== Infinity && { queueTimeoutMs }),
  };
}

function covers(run: Terms, own: Terms): boolean {
  return (
    run.priority <= own.priority &&
    run.deadlineAt >= own.deadlineAt &&
    run.queueTimeoutMs >= own.queueTimeoutMs
  );
}

function bestOf<Answer>(participants: Iterable<Participant<Answer>>): Terms {
  const all = [...participants].map(({ terms }) => terms);
  return {
    priority: Math.min(...all.map(({ priority }) => priority)),
    deadlineAt: Math.max(...all.map(({ deadlineAt }) => deadlineAt)),
    queueTimeoutMs: Math.max(...all.map(({ queueTimeoutMs }) => queueTimeoutMs)),
  };
}

/** Whether better terms might have led to an answer. */
function isOfTerms(error: unknown): boolean {
  return (
    error instanceof InferenceTimeoutError ||
    error instanceof DeadlineUnreachableError ||
    error instanceof QueueFullError
  );
}
