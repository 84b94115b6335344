import { readFileSync } from 'node:fs';
import { seededRandom } from '../testing';
import { assignArm, isWithinShare, unitDigest } from './arm-assignment';
import { ArmObservation, ArmSummary, mergeSummaries, NOTHING_SEEN, observe } from './arm.observations';
import { analyse, AnalysisState } from './rollout.analysis';
import { eventOfAnalysis } from './rollout.decision';
import { exposureOf, plannedState, RolloutEvent, RolloutState, transitionRollout } from './rollout.machine';
import { RolloutPlan } from './rollout.plan';
import { DEFAULT_ROLLOUT_PLAN_PATH, readRolloutPlan } from './rollout-plan.reader';
import { agreementOf, ClassedBox } from './statistics/box-agreement';

/** How a model behaves. */
interface Behaviour {
  readonly errorRate: number;
  readonly medianLatencyMs: number;
  /** How far its boxes lie to the right of where they belong, in parts of their width. */
  readonly boxShift: number;
}

const healthy: Behaviour = { errorRate: 0.004, medianLatencyMs: 40, boxShift: 0.05 };
const defaultPlan = readRolloutPlan(readFileSync(DEFAULT_ROLLOUT_PLAN_PATH, 'utf8'));
const REQUESTS_PER_INTERVAL = 120;

/** A department that sends 120 images a minute to two replicas, and a rollout that watches them. */
class Simulation {
  state: RolloutState = plannedState(0);
  intervals = 0;
  /** Of the present step. */
  candidateRequests = 0;
  /** The interval, from 1, in which an analysis after every image would have found the first breach. */
  provenInInterval?: number;
  private nowMs = 0;
  private seen: Record<string, ArmSummary>[] = [{}, {}];
  private previous?: AnalysisState;
  private serial = 0;

  constructor(
    private readonly candidate: Behaviour,
    readonly plan: RolloutPlan = defaultPlan,
    private readonly isWatchedClosely = false,
    private readonly random = seededRandom(31),
  ) {}

  /** Runs until it ends, or somebody must approve. @returns the last event */
  run(): RolloutEvent {
    this.apply({
      kind: 'start',
      actor: 'A. Reader',
      reason: 'Begin.',
      expectedRevision: this.state.revision,
    });
    return this.goOn();
  }

  goOn(): RolloutEvent {
    for (;;) {
      for (let i = 0; i < REQUESTS_PER_INTERVAL; i++) {
        this.request();
        if (this.isWatchedClosely) this.watch();
      }
      this.nowMs += this.plan.analysisIntervalMs;
      this.intervals += 1;
      const analysis = this.analysed();
      this.previous = analysis.state;
      const event = eventOfAnalysis(this.state, analysis);
      if (!event) continue;
      this.apply(event);
      if (this.state.status !== 'running') return event;
    }
  }

  analysed() {
    const [first, second] = this.seen;
    const merged = Object.fromEntries(
      ['control', 'candidate'].map((arm) => [
        arm,
        mergeSummaries(first[arm] ?? NOTHING_SEEN, second[arm] ?? NOTHING_SEEN),
      ]),
    );
    return analyse(this.plan, this.state, merged, this.previous, this.nowMs);
  }

  apply(event: RolloutEvent): void {
    const step = this.state.step;
    this.state = transitionRollout(this.plan, this.state, event, this.nowMs).state;
    if (this.state.step === step) return;
    this.seen = [{}, {}];
    this.candidateRequests = 0;
  }

  private watch(): void {
    if (this.analysed().recommendation.kind === 'rollback') this.provenInInterval ??= this.intervals + 1;
  }

  private request(): void {
    const { split, shadowBasisPoints } = exposureOf(this.plan, this.state);
    const patientId = `patient ${(this.serial += 1)}`;
    const digest = unitDigest({ salt: 'salt', experiment: 'simulation' }, { patientId, imageSha256: '' });
    const arm = assignArm(split, digest);
    const finding: ClassedBox = {
      class: 'Nodule/Mass',
      box: { xMin: 100 * this.random(), yMin: 0, xMax: 200, yMax: 90 },
    };
    const isCopied = isWithinShare(digest, shadowBasisPoints);
    this.answer(arm, arm === 'control' ? healthy : this.candidate);
    if (!isCopied) return;
    const isAnswered = this.answer('candidate', this.candidate);
    const score = agreementOf(
      [shifted(finding, healthy)],
      [shifted(finding, this.candidate)],
      this.plan.agreementIou,
    ).score;
    if (isAnswered) this.add('candidate', { kind: 'agreement', score });
  }

  /** @returns whether it was answered */
  private answer(arm: string, { errorRate, medianLatencyMs }: Behaviour): boolean {
    const failed = this.random() < errorRate;
    const latencyMs = medianLatencyMs * Math.exp(0.6 * (this.random() + this.random() + this.random() - 1.5));
    this.add(arm, { kind: 'request', failed, latencyMs, firstOfUnit: true });
    if (arm === 'candidate') this.candidateRequests += 1;
    return !failed;
  }

  private add(arm: string, observation: ArmObservation): void {
    const replica = this.seen[this.serial % 2];
    replica[arm] = observe(replica[arm] ?? NOTHING_SEEN, observation);
  }
}

function shifted({ class: name, box }: ClassedBox, { boxShift }: Behaviour): ClassedBox {
  const by = boxShift * (box.xMax - box.xMin);
  return { class: name, box: { ...box, xMin: box.xMin + by, xMax: box.xMax + by } };
}

const rolledBack = (simulation: Simulation) => {
  const { evidence, reason } = simulation.run();
  const breached = (evidence!['findings'] as { guard: string; outcome: string }[])
    .filter(({ outcome }) => outcome === 'breached')
    .map(({ guard }) => guard);
  const { state, intervals, candidateRequests } = simulation;
  return {
    isInTime: intervals === simulation.provenInInterval,
    status: state.status,
    step: simulation.plan.steps[state.step].name,
    breached,
    intervals,
    candidateRequests,
    reason,
  };
};

describe('a rollout under the default policy at 120 images a minute', () => {
  it.each<[string, Partial<Behaviour>, string, number, number]>([
    ['fails on 20 % of requests', { errorRate: 0.2 }, 'error-rate', 4, 100],
    ['shifts its boxes by 60 % of their width', { boxShift: 0.65 }, 'agreement', 3, 72],
    ['is three times as slow', { medianLatencyMs: 120 }, 'p95-latency', 3, 72],
  ])(
    'rolls back a candidate that %s, in the interval in which that is proven (guard, interval, requests): %j %s %i %i',
    (_, fault, guard, intervals, candidateRequests) => {
      expect(rolledBack(new Simulation({ ...healthy, ...fault }, defaultPlan, true))).toMatchObject({
        isInTime: true,
        status: 'rolled-back',
        step: 'shadow',
        breached: [guard],
        intervals,
        candidateRequests,
      });
    },
  );

  it('rolls back one that fails on 20 % of the 5 % it answers, where there was no shadow, in the same way', () => {
    const withoutShadow = { ...defaultPlan, steps: defaultPlan.steps.slice(1) };
    expect(rolledBack(new Simulation({ ...healthy, errorRate: 0.2 }, withoutShadow, true))).toMatchObject({
      isInTime: true,
      status: 'rolled-back',
      step: 'canary 5 %',
      intervals: 25,
      candidateRequests: 121,
    });
  });

  it('takes a healthy candidate through all steps in 505 intervals and, once approved, to completion', () => {
    const simulation = new Simulation(healthy);
    expect(simulation.run()).toMatchObject({ kind: 'request-approval' });
    expect(simulation.state).toMatchObject({ status: 'awaiting-approval', step: 3 });
    const { revision: expectedRevision } = simulation.state;
    simulation.apply({ kind: 'approve', actor: 'A. Reader', reason: 'Fine.', expectedRevision });
    expect(simulation.state).toMatchObject({ status: 'completed', winner: 'candidate' });
    expect(simulation.intervals).toBe(505);
  });
});
