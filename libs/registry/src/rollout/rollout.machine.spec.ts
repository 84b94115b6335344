import fc from 'fast-check';
import { InvalidParameterError, RevisionConflictError } from '../errors';
import { rolloutPlan, rolloutStep } from '../testing';
import { IllegalRolloutTransitionError } from './rollout.errors';
import {
  ACTIVE_STATUSES,
  exposureOf,
  isObserving,
  plannedState,
  ROLLOUT_EVENTS,
  RolloutEvent,
  RolloutEventKind,
  RolloutState,
  RolloutTransition,
  transitionRollout,
} from './rollout.machine';
import { exposureOfOneArm, RolloutPlan } from './rollout.plan';

const plan = rolloutPlan();
const ab = rolloutPlan({ mode: 'ab', steps: [rolloutStep({ approval: 'manual' })] });
const shadow = rolloutPlan({ mode: 'shadow', steps: [rolloutStep({ traffic: 'shadow' })] });

function apply(
  state: RolloutState,
  kind: RolloutEventKind,
  overrides: Partial<RolloutEvent> = {},
  of = plan,
) {
  const event = {
    kind,
    actor: 'A. Reader',
    reason: 'It is time.',
    expectedRevision: state.revision,
    ...overrides,
  };
  return transitionRollout(of, state, event, 1_000 * (state.revision + 1));
}

/** Every transition that these events make; the illegal ones of them are left out. */
function walk(kinds: readonly RolloutEventKind[], of: RolloutPlan = plan) {
  let state = plannedState(0);
  const transitions: RolloutTransition[] = [];
  for (const kind of kinds) {
    try {
      const winner = of.mode === 'ab' && kind === 'approve' ? 'candidate' : undefined;
      const next = apply(state, kind, { winner }, of);
      state = next.state;
      transitions.push(next.transition);
    } catch (error) {
      if (!(error instanceof IllegalRolloutTransitionError) && !(error instanceof InvalidParameterError))
        throw error;
    }
  }
  return { state, transitions };
}

/** Biased towards what leads on, so that walks come far. */
const events = fc.array(
  fc.oneof(
    {
      arbitrary: fc.constantFrom<RolloutEventKind>('start', 'advance', 'request-approval', 'approve'),
      weight: 6,
    },
    { arbitrary: fc.constantFrom(...ROLLOUT_EVENTS), weight: 1 },
  ),
  { minLength: 20, maxLength: 60 },
);
const whole: RolloutEventKind[] = ['start', 'advance', 'advance', 'request-approval', 'approve'];

describe('the rollout machine', () => {
  it('goes through every step to completion, where the candidate answers everything', () => {
    const { state, transitions } = walk(whole);
    expect(transitions.map(({ to }) => `${to.status} ${to.step}`)).toEqual([
      'running 0',
      'running 1',
      'running 2',
      'awaiting-approval 2',
      'completed 2',
    ]);
    expect(exposureOf(plan, state)).toEqual(exposureOfOneArm(plan, 'candidate'));
  });

  it('reaches completion on no path that leaves out a step', () => {
    let completed = 0;
    fc.assert(
      fc.property(events, (kinds) => {
        const { transitions } = walk(kinds);
        const at = transitions.findIndex(({ to }) => to.status === 'completed');
        if (at < 0) return;
        completed += 1;
        const passed = transitions
          .slice(0, at + 1)
          .filter(({ event }) => event === 'advance' || event === 'approve')
          .map(({ from }) => from.step);
        expect(passed).toEqual([0, 1, 2]);
      }),
      { numRuns: 1_000 },
    );
    expect(completed).toBeGreaterThan(100);
  });

  it('rolls back from every observed state, and then control answers everything, for good', () => {
    fc.assert(
      fc.property(events, events, (kinds, more) => {
        const { state } = walk(kinds);
        if (!isObserving(state)) return;
        const { state: back } = apply(state, 'rollback');
        expect(back.status).toBe('rolled-back');
        expect(exposureOf(plan, back)).toEqual(exposureOfOneArm(plan, 'control'));
        for (const kind of more) expect(() => apply(back, kind)).toThrow(IllegalRolloutTransitionError);
      }),
    );
  });

  it('rolls back completed rollouts too, but not shadows, which replaced nothing', () => {
    const { state } = apply(walk(whole).state, 'rollback');
    expect(exposureOf(plan, state)).toEqual(exposureOfOneArm(plan, 'control'));
    const ended = walk(['start', 'advance'], shadow).state;
    expect(ended).toMatchObject({ status: 'completed', winner: 'control' });
    expect(() => apply(ended, 'rollback', {}, shadow)).toThrow(IllegalRolloutTransitionError);
  });

  it('never lets a treatment answer before the start, or after an end without completion', () => {
    fc.assert(
      fc.property(events, (kinds) => {
        const { state } = walk(kinds);
        const { split } = exposureOf(plan, state);
        if (isObserving(state) || state.status === 'completed') return;
        expect(split.treatedBasisPoints).toBe(0);
      }),
    );
  });

  it('only ever raises the share of answers while it runs', () => {
    fc.assert(
      fc.property(events, (kinds) => {
        let state = plannedState(0);
        for (const { event } of walk(kinds).transitions) {
          const before = exposureOf(plan, state).split.treatedBasisPoints;
          state = apply(state, event).state;
          if (isObserving(state)) {
            expect(exposureOf(plan, state).split.treatedBasisPoints).toBeGreaterThanOrEqual(before);
          }
        }
      }),
    );
  });

  it('lets one of two events on the same revision win, and gives the other the conflict', () => {
    fc.assert(
      fc.property(events, fc.constantFrom(...ROLLOUT_EVENTS), (kinds, second) => {
        const { state } = walk(kinds);
        if (!ACTIVE_STATUSES.includes(state.status)) return;
        const { state: won } = apply(state, 'abort');
        expect(() => apply(won, second, { expectedRevision: state.revision })).toThrow(RevisionConflictError);
      }),
    );
  });

  it('records who, why, on which evidence, and when', () => {
    const { state } = walk(['start']);
    expect(apply(state, 'rollback', { evidence: { p: 0.001 } }).transition).toEqual({
      event: 'rollback',
      from: { status: 'running', step: 0 },
      to: { status: 'rolled-back', step: 0 },
      actor: 'A. Reader',
      reason: 'It is time.',
      evidence: { p: 0.001 },
      revision: 2,
      atMs: 2_000,
    });
  });

  it('goes past a step that wants approval by approval alone, and asks again after a pause', () => {
    const { state } = walk(['start', 'advance', 'advance']);
    expect(() => apply(state, 'advance')).toThrow(
      /There is no "advance" for a rollout that is running, in the step "50 %"/,
    );
    const paused = walk(['start', 'advance', 'advance', 'request-approval', 'pause']).state;
    expect(() => apply(paused, 'approve')).toThrow(IllegalRolloutTransitionError);
    expect(apply(paused, 'resume').state.status).toBe('running');
  });

  it('completes an A/B comparison with the arm that a person named', () => {
    const { state } = walk(['start', 'request-approval'], ab);
    expect(() => apply(state, 'approve', {}, ab)).toThrow(InvalidParameterError);
    expect(() => apply(state, 'approve', { winner: 'nobody' }, ab)).toThrow(
      /"control", "candidate", got "nobody"/,
    );
    for (const winner of ['control', 'candidate']) {
      const done = apply(state, 'approve', { winner }, ab).state;
      expect(exposureOf(ab, done)).toEqual(exposureOfOneArm(ab, winner));
    }
    expect(() => apply(plannedState(0), 'start', { winner: 'candidate' }, ab)).toThrow(InvalidParameterError);
  });
});
