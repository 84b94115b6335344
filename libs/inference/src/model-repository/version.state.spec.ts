import * as fc from 'fast-check';
import {
  acceptsRequests,
  ImpossibleTransitionError,
  nextVersionState,
  VersionEvent,
  VersionState,
} from './version.state';

const event: fc.Arbitrary<VersionEvent> = fc.oneof(
  fc.constantFrom<VersionEvent>(
    { kind: 'load' },
    { kind: 'loaded' },
    { kind: 'unload' },
    { kind: 'drained' },
  ),
  fc.record({ kind: fc.constant('failed' as const), reason: fc.string() }),
);
const start: VersionState = { status: 'unavailable', reason: 'it is not loaded' };

/** All states on the way, leaving out what is impossible. */
function walk(
  events: readonly VersionEvent[],
): { before: VersionState; event: VersionEvent; after: VersionState }[] {
  const steps: { before: VersionState; event: VersionEvent; after: VersionState }[] = [];
  let state = start;
  for (const event of events) {
    try {
      const after = nextVersionState(state, event);
      steps.push({ before: state, event, after });
      state = after;
    } catch (error) {
      expect(error).toBeInstanceOf(ImpossibleTransitionError);
    }
  }
  return steps;
}

describe('the states of a version', () => {
  it('go from LOADING over READY and UNLOADING to UNAVAILABLE, and round again', () => {
    const round: VersionEvent[] = [
      { kind: 'load' },
      { kind: 'loaded' },
      { kind: 'unload' },
      { kind: 'drained' },
    ];
    expect(walk([...round, ...round]).map(({ after }) => after.status)).toEqual([
      'loading', 'ready', 'unloading', 'unavailable', 'loading', 'ready', 'unloading', 'unavailable',
    ]); // prettier-ignore
  });

  it('keep the reason of a failed load', () => {
    expect(nextVersionState({ status: 'loading' }, { kind: 'failed', reason: 'no ONNX' })).toEqual({
      status: 'unavailable',
      reason: 'no ONNX',
    });
  });

  it('never let requests in before a load has succeeded or after an unload has begun', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        for (const { before, event, after } of walk(events)) {
          expect(acceptsRequests(after)).toBe(event.kind === 'loaded');
          if (before.status === 'unloading')
            expect(after).toEqual({ status: 'unavailable', reason: 'unloaded' });
          if (after.status === 'unavailable') expect(typeof after.reason).toBe('string');
          if (before.status === 'ready') expect(after.status).toBe('unloading');
        }
      }),
    );
  });
});
