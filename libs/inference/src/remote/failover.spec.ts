import fc from 'fast-check';
import { setImmediate } from 'node:timers/promises';
import { InferenceError, ModelRunFailedError } from '../errors';
import { ManualClock } from '../testing/manual-clock';
import { Behaviour, ScriptedEndpoint } from '../testing/scripted-endpoint';
import { Failover } from './failover';
import { RemoteAnswerInvalidError, RemoteEndpointUnavailableError } from './remote.errors';

const BREAKER = { failureThreshold: 2, firstPauseMs: 100, longestPauseMs: 400 };
const BACKOFF = { baseMs: 20, capMs: 80 };
const TIMEOUT_MS = 1_000;

/** Lets promises settle, and timers ring, until `promise` has or `steps` of `stepMs` are over. */
async function pass(clock: ManualClock, promise: Promise<unknown>, stepMs = 10, steps = 400): Promise<void> {
  let over = false;
  void promise.catch(() => undefined).then(() => (over = true));
  for (let step = 0; step < steps && !over; step++) {
    await setImmediate();
    if (!over) clock.advance(stepMs);
  }
}

function failoverOn(...behaviours: Behaviour[]) {
  const clock = new ManualClock();
  const endpoints = behaviours.map((behaviour, index) => {
    const endpoint = new ScriptedEndpoint(`server-${index}`);
    endpoint.behave = () => behaviour;
    return endpoint;
  });
  const verified: string[] = [];
  const failover = new Failover(endpoints, {
    clock,
    random: () => 0.5,
    breaker: BREAKER,
    backoff: BACKOFF,
    verify: async ({ label }) => void verified.push(label),
  });
  const run = async (): Promise<string> => {
    const running = failover.run(TIMEOUT_MS, (endpoint) => (endpoint as ScriptedEndpoint).serve());
    await pass(clock, running);
    return running;
  };
  return { clock, endpoints, verified, failover, run };
}

describe('Failover', () => {
  it('asks the first endpoint alone while it answers, and verifies it once', async () => {
    const { run, endpoints, verified } = failoverOn('answer', 'answer');
    expect([await run(), await run()]).toEqual(['server-0', 'server-0']);
    expect([endpoints[1]!.calls, verified]).toEqual([0, ['server-0']]);
  });

  it.each<Behaviour>(['unavailable', 'failed', 'invalid', 'changed', 'hang'])(
    'takes the next one when the first is %s',
    async (behaviour) => {
      const { run, endpoints } = failoverOn(behaviour, 'answer');
      expect(await run()).toBe('server-1');
      expect(endpoints[0]!.calls).toBe(1);
    },
  );

  it('sends a refused request nowhere else, and thinks no less of the server', async () => {
    const { run, endpoints, failover } = failoverOn('refused', 'answer');
    for (let request = 0; request < 5; request++) await expect(run()).rejects.toThrow(ModelRunFailedError);
    expect([endpoints[1]!.calls, failover.states[0]]).toEqual([0, 'closed']);
  });

  it('repeats only what was not answered, until the breaker opens; the rest goes there once', async () => {
    const away = failoverOn('unavailable');
    await expect(away.run()).rejects.toThrow(RemoteEndpointUnavailableError);
    expect(away.endpoints[0]!.calls).toBe(BREAKER.failureThreshold);
    const lying = failoverOn('invalid');
    await expect(lying.run()).rejects.toThrow(RemoteAnswerInvalidError);
    expect(lying.endpoints[0]!.calls).toBe(1);
    const failing = failoverOn('failed');
    await expect(failing.run()).rejects.toThrow(ModelRunFailedError);
    expect(failing.endpoints[0]!.calls).toBe(1);
  });

  it('holds an internal error against a server only when another one answers the same request', async () => {
    const everywhere = failoverOn('failed', 'failed');
    for (let request = 0; request < 5; request++) await expect(everywhere.run()).rejects.toThrow();
    expect(everywhere.failover.states).toEqual(['closed', 'closed']);
    const here = failoverOn('failed', 'answer');
    for (let request = 0; request < 5; request++) expect(await here.run()).toBe('server-1');
    expect(here.failover.states).toEqual(['open', 'closed']);
    expect(here.endpoints[0]!.calls).toBe(BREAKER.failureThreshold);
  });

  it('says at once that nothing answers while all are open, and why', async () => {
    const { run, endpoints, failover, clock } = failoverOn('unavailable');
    await expect(run()).rejects.toThrow();
    const askedAt = clock.now();
    const refused = failover.run(TIMEOUT_MS, (endpoint) => (endpoint as ScriptedEndpoint).serve());
    await expect(refused).rejects.toThrow(/server-0: server-0 was told to/);
    expect([clock.now(), endpoints[0]!.calls]).toEqual([askedAt, 2]);
  });

  it('probes an open endpoint behind the scenes, verifies it again and returns to it', async () => {
    const { run, endpoints, failover, clock, verified } = failoverOn('unavailable', 'answer');
    const [first] = endpoints;
    for (let request = 0; request < 2; request++) expect(await run()).toBe('server-1');
    first!.ready = false;
    first!.behave = () => 'answer';
    clock.advance(100);
    await setImmediate();
    expect([first!.probes, failover.states[0], await run()]).toEqual([1, 'open', 'server-1']);
    first!.ready = true;
    verified.length = 0;
    clock.advance(200);
    await setImmediate();
    expect([first!.probes, failover.states[0], verified]).toEqual([2, 'half-open', ['server-0']]);
    expect([await run(), failover.states[0]]).toEqual(['server-0', 'closed']);
  });

  it('leaves the second server time when the first hangs, and ends when both do', async () => {
    const { run, clock, endpoints } = failoverOn('hang', 'hang');
    await expect(run()).rejects.toThrow(RemoteEndpointUnavailableError);
    expect(clock.now()).toBeLessThanOrEqual(TIMEOUT_MS + 10);
    expect(endpoints.map(({ calls }) => calls)).toEqual([1, 1]);
  });

  it('ends what is under way when it is closed, and leaves no timer behind', async () => {
    const { failover, clock, endpoints } = failoverOn('hang');
    const running = failover.run(TIMEOUT_MS, (endpoint) => (endpoint as ScriptedEndpoint).serve());
    await setImmediate();
    failover.close();
    await expect(running).rejects.toThrow(ModelRunFailedError);
    expect([clock.pending, endpoints[0]!.closed]).toEqual([0, true]);
  });

  it('settles every request in time with an answer or a typed error, and never asks an open endpoint', async () => {
    const behaviour = fc.constantFrom<Behaviour>(
      'answer',
      'unavailable',
      'failed',
      'invalid',
      'refused',
      'hang',
    );
    const script = fc.array(fc.array(behaviour, { minLength: 1, maxLength: 8 }), {
      minLength: 1,
      maxLength: 3,
    });
    await fc.assert(
      fc.asyncProperty(
        script,
        fc.array(fc.nat(300), { minLength: 1, maxLength: 6 }),
        async (scripts, gaps) => {
          const { failover, endpoints, clock } = failoverOn(...scripts.map((): Behaviour => 'answer'));
          const shut: string[] = [];
          endpoints.forEach((endpoint, index) => {
            let request = 0;
            endpoint.behave = () => {
              if (failover.states[index] === 'open') shut.push(endpoint.label);
              return scripts[index]![request++ % scripts[index]!.length]!;
            };
          });
          const running = gaps.map(async (gap) => {
            await new Promise<void>((resolve) => clock.after(gap, resolve));
            const started = clock.now();
            const outcome = await failover
              .run(TIMEOUT_MS, (endpoint) => (endpoint as ScriptedEndpoint).serve())
              .catch((error: unknown) => error);
            expect(typeof outcome === 'string' || outcome instanceof InferenceError).toBe(true);
            expect(clock.now() - started).toBeLessThanOrEqual(TIMEOUT_MS + 20);
          });
          await pass(clock, Promise.all(running), 20, 100);
          await Promise.all(running);
          expect(shut).toEqual([]);
          failover.close();
          expect(clock.pending).toBe(0);
        },
      ),
      { numRuns: 200 },
    );
  });
});
