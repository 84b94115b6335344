import { chiSquareTail, logGamma } from './gamma';

/** How many units an arm got, and the share of all, 0..1, that it was meant to get. */
export interface ArmCount {
  readonly observed: number;
  /** > 0; 1 over all arms. */
  readonly expectedShare: number;
}

/** Whether arms got the units they were meant to get. */
export interface SampleRatio {
  readonly chiSquare: number;
  /** Of one look; too small too often for who looks again and again. */
  readonly p: number;
  /** Under any number of looks. */
  readonly alwaysValidP: number;
}

/** Pearson's goodness of fit. @param expected counts, each > 0, that sum up to what was observed */
export function chiSquareOfFit(
  observed: readonly number[],
  expected: readonly number[],
): { chiSquare: number; p: number } {
  const chiSquare = observed.reduce((sum, count, i) => sum + (count - expected[i]) ** 2 / expected[i], 0);
  return { chiSquare, p: chiSquareTail(chiSquare, observed.length - 1) };
}

/**
 * Checks counts against their shares, by chi² for the eye and, for decisions while traffic runs, by the sequential test
 * of multinomial counts of Lindon and Malek (Anytime-Valid Inference for Multinomial Count Data, NeurIPS 2022):
 *
 *     Λ = Γ(A)/Γ(A + n) · Π Γ(αᵢ + xᵢ)/Γ(αᵢ) / Π θᵢ^xᵢ,  αᵢ = k·θᵢ, A = Σαᵢ
 *
 * with the shares θ and a prior around them that weighs k = 1000 units. Two arms at least.
 *
 * @param previousP 1 before the first look
 */
export function sampleRatioOf(arms: readonly ArmCount[], previousP = 1): SampleRatio {
  const total = arms.reduce((sum, { observed }) => sum + observed, 0);
  if (total === 0) return { chiSquare: 0, p: 1, alwaysValidP: previousP };
  const { chiSquare, p } = chiSquareOfFit(
    arms.map(({ observed }) => observed),
    arms.map(({ expectedShare }) => expectedShare * total),
  );
  return { chiSquare, p, alwaysValidP: Math.min(previousP, Math.exp(-logRatio(arms, total))) };
}

const PRIOR_UNITS = 1_000;

function logRatio(arms: readonly ArmCount[], total: number): number {
  return arms.reduce(
    (sum, { observed, expectedShare }) =>
      sum +
      logGamma(PRIOR_UNITS * expectedShare + observed) -
      logGamma(PRIOR_UNITS * expectedShare) -
      observed * Math.log(expectedShare),
    logGamma(PRIOR_UNITS) - logGamma(PRIOR_UNITS + total),
  );
}
