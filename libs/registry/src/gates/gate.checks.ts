import { Undecided } from './gate.policy';
import { CheckOutcome, GateCheck } from './gate.report';

/** A check before it is judged. */
export type CheckSubject = Omit<GateCheck, 'outcome' | 'decides' | 'reason'>;

export interface UndecidedRules {
  readonly inconclusive: Undecided;
  readonly notEnoughSupport: Undecided;
}

/** Judges only what stands on enough. */
export function withSupport(
  subject: CheckSubject,
  { notEnoughSupport }: UndecidedRules,
  judgeSupported: () => GateCheck,
): GateCheck {
  const { support, minimumSupport, value, interval } = subject;
  const what = nameOf(subject);
  if (support < minimumSupport) {
    return {
      ...subject,
      outcome: 'not-enough-support',
      decides: notEnoughSupport,
      reason: `${what} stands on ${support} ${supportUnit(subject)}, the policy asks for ${minimumSupport}.`,
    };
  }
  if (value === null || interval === null) {
    return {
      ...subject,
      outcome: 'not-enough-support',
      decides: notEnoughSupport,
      reason: `${what} does not exist on this test set or on too many of its resamples.`,
    };
  }
  return judgeSupported();
}

/**
 * A figure that must be high: passes where its whole interval is at `limit` or above, fails where the value is below
 * `worstValue` or the whole interval below `limit`, and is inconclusive between.
 */
export function judgeFloor(subject: CheckSubject, worstValue: number, rules: UndecidedRules): GateCheck {
  const value = subject.value!;
  const { low, high } = subject.interval!;
  const { limit } = subject;
  const bound = `the limit is ${shownFigure(subject, limit)}`;
  if (value < worstValue || high < limit) {
    const worst = value < worstValue ? `${shownFigure(subject, worstValue)} is the least allowed` : bound;
    return concluded(subject, 'fail', `is too low: ${worst}`);
  }
  if (low >= limit) return concluded(subject, 'pass', `holds: ${bound}`);
  return inconclusive(subject, rules, bound);
}

/** A figure that must be low: passes where its whole interval is at `limit` or below, fails where the value is above. */
export function judgeCeiling(subject: CheckSubject, rules: UndecidedRules): GateCheck {
  const { limit } = subject;
  const bound = `the limit is ${shownFigure(subject, limit)}`;
  if (subject.value! > limit) return concluded(subject, 'fail', `is too high: ${bound}`);
  if (subject.interval!.high <= limit) return concluded(subject, 'pass', `holds: ${bound}`);
  return inconclusive(subject, rules, bound);
}

/** A figure in its unit: percentage points of differences, milliseconds of latency, else a fraction. */
export function shownFigure({ name, compares }: Pick<GateCheck, 'name' | 'compares'>, value: number): string {
  if (name === 'latency-p95') return `${value.toFixed(1)} ms`;
  const sign = compares === 'difference' && value > 0 ? '+' : '';
  return `${sign}${value.toFixed(3)}`;
}

function concluded(subject: CheckSubject, outcome: 'pass' | 'fail', verdict: string): GateCheck {
  return { ...subject, outcome, decides: outcome, reason: `${figureOf(subject)} ${verdict}.` };
}

function inconclusive(subject: CheckSubject, rules: UndecidedRules, bound: string): GateCheck {
  const outcome: CheckOutcome = rules.inconclusive;
  const reason = `${figureOf(subject)} is inconclusive: its interval crosses what is allowed, ${bound}.`;
  return { ...subject, outcome, decides: rules.inconclusive, reason };
}

function figureOf(subject: CheckSubject): string {
  const { low, high } = subject.interval!;
  const shown = (value: number) => shownFigure(subject, value);
  return `${nameOf(subject)} (${shown(subject.value!)}, interval ${shown(low)} to ${shown(high)})`;
}

function nameOf({ name, class: className, critical, compares }: CheckSubject): string {
  if (name === 'calibration') return 'The calibration error';
  if (name === 'latency-p95') return 'The 95th percentile of latency';
  const figure = name === 'sensitivity' ? 'sensitivity' : 'average precision';
  const about = compares === 'difference' ? `change in ${figure}` : figure;
  return `The ${about} for ${critical ? 'the critical class ' : ''}${className}`;
}

function supportUnit({ name }: CheckSubject): string {
  if (name === 'calibration') return 'detections';
  return name === 'latency-p95' ? 'samples of this host' : 'truths';
}
