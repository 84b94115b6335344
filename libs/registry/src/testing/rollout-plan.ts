import { RolloutPlan, RolloutStep } from '../rollout/rollout.plan';

/** A step of a canary that needs a hundred requests and no time. */
export function rolloutStep(overrides: Partial<RolloutStep> = {}): RolloutStep {
  return {
    name: 'canary',
    traffic: 'live',
    shareBasisPoints: 1_000,
    minObservations: 100,
    minDurationMs: 0,
    approval: 'automatic',
    ...overrides,
  };
}

/** A shadow, 10 % and, after approval, 50 %. */
export function rolloutPlan(overrides: Partial<RolloutPlan> = {}): RolloutPlan {
  return {
    version: 1,
    name: 'plan',
    mode: 'canary',
    analysisIntervalMs: 60_000,
    agreementIou: 0.4,
    control: 'control',
    treatments: [{ arm: 'candidate', basisPoints: 10_000 }],
    guards: {
      maxErrorRateIncrease: 0.01,
      maxP95LatencyRatio: 1.5,
      minAgreement: 0.7,
      maxFeedbackRejectRate: 0.3,
    },
    test: { alpha: 0.05, tauSquared: 1e-3, sampleRatioAlpha: 1e-3 },
    steps: [
      rolloutStep({ name: 'shadow', traffic: 'shadow' }),
      rolloutStep({ name: '10 %' }),
      rolloutStep({ name: '50 %', shareBasisPoints: 5_000, approval: 'manual' }),
    ],
    ...overrides,
  };
}
