import { setMaxListeners } from 'node:events';
import { InferenceError, ModelRunFailedError } from '../errors';
import { Clock } from '../scheduling/clock';
import {
  Breaker,
  BreakerRules,
  CLOSED,
  DEFAULT_BREAKER_RULES,
  failed,
  probed,
  sent,
  succeeded,
  undecided,
} from './circuit-breaker';
import {
  BackoffRules,
  DEFAULT_BACKOFF_RULES,
  excluded,
  nextRound,
  nextStep,
  Progress,
  tried,
  UNTRIED,
} from './failover.policy';
import { FaultKind, RemoteFault } from './remote-fault';
import { RemoteAnswerInvalidError, RemoteEndpointUnavailableError } from './remote.errors';
import { RemoteEndpoint } from './remote.endpoint';

/** Surroundings of a {@link Failover}. */
export interface FailoverOptions {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly breaker?: BreakerRules;
  readonly backoff?: BackoffRules;
  /** Makes sure that the endpoint serves the model that is wanted; asked before its first request and after trouble. */
  readonly verify: (endpoint: RemoteEndpoint, signal: AbortSignal) => Promise<void>;
}

/** Work on one endpoint. Rejects with a {@link RemoteFault}. */
export type EndpointWork<T> = (endpoint: RemoteEndpoint, signal: AbortSignal) => Promise<T>;

const PROBE_LIMIT_MS = 2_000;
const LONG_MS = 2 ** 30;

interface Attempted {
  readonly endpoint: number;
  readonly fault: RemoteFault;
}

/**
 * Endpoints in order of preference, as one that fails less: work goes to the first whose breaker is not open, and to
 * others where that is safe (see `FaultKind`). An open breaker's endpoint is probed in the background.
 *
 * An endpoint's own errors count against it when another one answers the same request; otherwise the request may be
 * to blame, and one that no server can answer must not close all of them.
 */
export class Failover {
  private readonly breakers: Breaker[];
  private readonly verified = new Set<number>();
  private readonly lastReasons = new Map<number, string>();
  private readonly cancelProbes = new Map<number, () => void>();
  private readonly closing = new AbortController();

  /** `endpoints` ≥ 1; they become the failover's and are closed with it. */
  constructor(
    private readonly endpoints: readonly RemoteEndpoint[],
    private readonly options: FailoverOptions,
  ) {
    this.breakers = endpoints.map(() => CLOSED);
    // One listener for each request under way, however many there are.
    setMaxListeners(0, this.closing.signal);
  }

  /** The breakers' states, in the order of the endpoints. */
  get states(): readonly Breaker['state'][] {
    return this.breakers.map(({ state }) => state);
  }

  /**
   * Settles within `timeoutMs`: with what `work` came to on some endpoint, or with `RemoteEndpointUnavailableError`,
   * `RemoteAnswerInvalidError`, {@link ModelRunFailedError} (the request was refused, failed on every server, or the
   * failover is closed), or the ending of the last `RemoteFault`.
   */
  async run<T>(timeoutMs: number, work: EndpointWork<T>): Promise<T> {
    // The clock's timers let a thread end, and during a pause there is nothing else to keep it.
    const awake = setInterval(() => undefined, LONG_MS);
    try {
      return await this.runAwake(timeoutMs, work);
    } finally {
      clearInterval(awake);
    }
  }

  /** Ends everything under way and closes the endpoints. May be called again. */
  close(): void {
    this.closing.abort();
    for (const cancel of this.cancelProbes.values()) cancel();
    this.cancelProbes.clear();
    for (const endpoint of this.endpoints) endpoint.close();
  }

  private async runAwake<T>(timeoutMs: number, work: EndpointWork<T>): Promise<T> {
    const { clock, random, backoff = DEFAULT_BACKOFF_RULES } = this.options;
    const deadline = clock.now() + timeoutMs;
    const disputed = new Set<number>();
    let progress: Progress = UNTRIED;
    let last: Attempted | undefined;
    while (!this.closing.signal.aborted) {
      const step = nextStep(this.breakers, progress, deadline - clock.now(), random, backoff);
      if (step.kind === 'give-up') throw this.errorOf(last, timeoutMs);
      if (step.kind === 'wait') {
        await this.pause(step.waitMs);
        progress = nextRound(progress);
        continue;
      }
      const { endpoint, limitMs } = step;
      const outcome = await this.attempt(endpoint, limitMs, work);
      if (!('fault' in outcome)) {
        for (const index of disputed) this.judge(index, 'invalid');
        return outcome.value;
      }
      const { fault } = outcome;
      last = { endpoint, fault };
      if (fault.kind === 'refused') break;
      if (fault.kind === 'failed') disputed.add(endpoint);
      progress = fault.kind === 'unavailable' ? tried(progress, endpoint) : excluded(progress, endpoint);
    }
    throw this.closing.signal.aborted ? closedError() : this.errorOf(last, timeoutMs);
  }

  private async attempt<T>(
    index: number,
    limitMs: number,
    work: EndpointWork<T>,
  ): Promise<{ readonly value: T } | { readonly fault: RemoteFault }> {
    this.breakers[index] = sent(this.breakers[index]!);
    try {
      const value = await this.within(limitMs, async (signal) => {
        const endpoint = this.endpoints[index]!;
        await this.ensureVerified(index, signal);
        // Others may have failed there during that.
        if (this.breakers[index]!.state === 'open') throw new RemoteFault('unavailable', 'it failed others');
        return work(endpoint, signal);
      });
      this.breakers[index] = succeeded(this.breakers[index]!);
      return { value };
    } catch (error) {
      if (!(error instanceof RemoteFault)) {
        this.breakers[index] = undecided(this.breakers[index]!);
        throw error;
      }
      this.lastReasons.set(index, error.reason);
      this.judge(index, error.kind);
      return { fault: error };
    }
  }

  private async ensureVerified(index: number, signal: AbortSignal): Promise<void> {
    if (this.verified.has(index)) return;
    await this.options.verify(this.endpoints[index]!, signal);
    this.verified.add(index);
  }

  private judge(index: number, kind: FaultKind): void {
    const { clock, breaker = DEFAULT_BREAKER_RULES } = this.options;
    const before = this.breakers[index]!;
    if (kind === 'refused') this.breakers[index] = succeeded(before);
    else if (kind === 'failed') this.breakers[index] = undecided(before);
    else this.breakers[index] = failed(before, clock.now(), breaker);
    // Whatever comes back may be another server.
    if (kind === 'unavailable' || kind === 'changed') this.verified.delete(index);
    if (before.state !== 'open') this.scheduleProbe(index);
  }

  private scheduleProbe(index: number): void {
    const breaker = this.breakers[index]!;
    if (breaker.state !== 'open' || this.closing.signal.aborted) return;
    const { clock } = this.options;
    const cancel = clock.after(breaker.probeAt - clock.now(), () => void this.probe(index));
    this.cancelProbes.set(index, cancel);
  }

  private async probe(index: number): Promise<void> {
    this.cancelProbes.delete(index);
    this.verified.delete(index);
    const ready = await this.within(PROBE_LIMIT_MS, async (signal) => {
      if (!(await this.endpoints[index]!.isReady(signal))) return false;
      await this.ensureVerified(index, signal);
      return true;
    }).catch(() => false);
    const { clock, breaker = DEFAULT_BREAKER_RULES } = this.options;
    this.breakers[index] = probed(this.breakers[index]!, ready, clock.now(), breaker);
    this.scheduleProbe(index);
  }

  /** Rejects when the time is over even if `work` does not notice. */
  private async within<T>(limitMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    const abort = (): void => controller.abort();
    let cancelTimer = (): void => undefined;
    const over = new Promise<never>((_, reject) => {
      const end = (reason: string): void => {
        reject(new RemoteFault('unavailable', reason));
        abort();
      };
      cancelTimer = this.options.clock.after(limitMs, () => end(`no answer within ${Math.ceil(limitMs)} ms`));
      controller.signal.addEventListener('abort', () => end('it was given up'), { once: true });
    });
    over.catch(() => undefined);
    this.closing.signal.addEventListener('abort', abort, { once: true });
    try {
      return await Promise.race([work(controller.signal), over]);
    } finally {
      cancelTimer();
      this.closing.signal.removeEventListener('abort', abort);
    }
  }

  private pause(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const { signal } = this.closing;
      const end = (): void => {
        cancel();
        signal.removeEventListener('abort', end);
        resolve();
      };
      const cancel = this.options.clock.after(waitMs, end);
      signal.addEventListener('abort', end, { once: true });
    });
  }

  private errorOf(last: Attempted | undefined, timeoutMs: number): InferenceError {
    const endpoints = this.endpoints.map(({ label }) => label);
    if (!last) {
      const known = this.endpoints.map(({ label }, index) => `${label}: ${this.lastReasons.get(index)}`);
      const reason =
        timeoutMs > 0
          ? `all failed before and none is back yet (${known.join('; ')})`
          : 'there was no time left to ask any';
      return new RemoteEndpointUnavailableError({ endpoints, reason });
    }
    const { label } = this.endpoints[last.endpoint]!;
    const { kind, reason, ending } = last.fault;
    if (ending) return ending;
    if (kind === 'unavailable')
      return new RemoteEndpointUnavailableError({ endpoints, reason: `${label}: ${reason}` });
    if (kind === 'invalid' || kind === 'changed')
      return new RemoteAnswerInvalidError({ endpoint: label, reason });
    return new ModelRunFailedError({ reason: `${label}: ${reason}` });
  }
}

function closedError(): ModelRunFailedError {
  return new ModelRunFailedError({ reason: 'the runner is closed' });
}
