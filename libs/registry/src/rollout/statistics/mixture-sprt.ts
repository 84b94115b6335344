/** An estimate with the variance of the estimate itself, σ²/n. */
export interface Estimate {
  readonly value: number;
  readonly variance: number;
}

/** What a mean and its variance are made from. */
export interface Moments {
  readonly count: number;
  readonly sum: number;
  readonly sumOfSquares: number;
}

/** A number that is not estimated but given. */
export function exactly(value: number): Estimate {
  return { value, variance: 0 };
}

/**
 * A proportion by counts; `count` ≥ 1. Where all or none succeeded the variance is that of (x + ½)/(n + 1) instead of
 * zero: no number of equal outcomes proves that there are no others.
 */
export function proportionEstimate(successes: number, count: number): Estimate {
  const value = successes / count;
  const spread = successes === 0 || successes === count ? (successes + 0.5) / (count + 1) : value;
  return { value, variance: (spread * (1 - spread)) / count };
}

/**
 * The mean of values within 0..1; `count` ≥ 1. For the same reason as with proportions, the values' variance counts as
 * 1/(n + 1) at least.
 */
export function meanEstimate({ count, sum, sumOfSquares }: Moments): Estimate {
  const value = sum / count;
  const scatter = count > 1 ? (sumOfSquares - count * value * value) / (count - 1) : 0;
  return { value, variance: Math.max(scatter, 1 / (count + 1)) / count };
}

/** b − a, of independent estimates. */
export function differenceOf(a: Estimate, b: Estimate): Estimate {
  return { value: b.value - a.value, variance: a.variance + b.variance };
}

/**
 * ln Λ of the mixture sequential probability ratio test that a difference d is zero, against N(0, τ²) around it:
 *
 *     Λ = √(V/(V + τ²)) · exp(τ²d² / (2V(V + τ²)))
 *
 * Johari, Koomen, Pekelis, Walsh: Always Valid Inference (Operations Research 70, 2022), equation for normal data; V is
 * the variance of d. For proportions and means it holds as far as their estimates are normal: wait for some dozens of
 * observations before the first look.
 *
 * @param tauSquared > 0: the square of the differences that matter
 */
export function logMixtureLikelihoodRatio({ value, variance }: Estimate, tauSquared: number): number {
  const total = variance + tauSquared;
  return 0.5 * Math.log(variance / total) + (tauSquared * value * value) / (2 * variance * total);
}

/**
 * The always-valid p after one more look: min(previous, 1/Λ). Of a true null hypothesis it ever falls to α or below
 * with a probability of α at most, however often and whenever somebody looks.
 *
 * @param previous 1 before the first look
 */
export function alwaysValidP(previous: number, difference: Estimate, tauSquared: number): number {
  return Math.min(previous, Math.exp(-logMixtureLikelihoodRatio(difference, tauSquared)));
}

/**
 * The same where only differences above zero count, as with harm: looks at others leave p as it is, so that what once
 * proved an improvement is no proof of harm later.
 */
export function alwaysValidPOfExcess(previous: number, difference: Estimate, tauSquared: number): number {
  return difference.value > 0 ? alwaysValidP(previous, difference, tauSquared) : previous;
}

/** Half the width of the confidence sequence at 1 − α: the d for which Λ = 1/α. */
export function alwaysValidHalfWidth(variance: number, tauSquared: number, alpha: number): number {
  const total = variance + tauSquared;
  return Math.sqrt(
    ((2 * variance * total) / tauSquared) * (0.5 * Math.log(total / variance) - Math.log(alpha)),
  );
}
