const TOLERANCE = 1e-15;
const MOST_TERMS = 10_000;
const SMALLEST = 1e-300;

/** ln Γ(x), x > 0: Stirling's series (DLMF 5.11.1) from 15 on, reached by Γ(x + 1) = xΓ(x). */
export function logGamma(x: number): number {
  let shifted = x;
  let product = 1;
  while (shifted < 15) {
    product *= shifted;
    shifted += 1;
  }
  const squared = shifted * shifted;
  const series = (1 / 12 - (1 / 360 - (1 / 1260 - 1 / (1680 * squared)) / squared) / squared) / shifted;
  return (
    (shifted - 0.5) * Math.log(shifted) - shifted + 0.5 * Math.log(2 * Math.PI) + series - Math.log(product)
  );
}

/**
 * The regularised upper incomplete gamma function Q(a, x) = Γ(a, x)/Γ(a), for a > 0 and x ≥ 0: the power series of its
 * complement (DLMF 8.7.1) below a + 1, the continued fraction (DLMF 8.9.2) above.
 */
export function regularisedUpperGamma(a: number, x: number): number {
  if (x <= 0) return 1;
  if (x === Infinity) return 0;
  const scale = Math.exp(a * Math.log(x) - x - logGamma(a));
  return x < a + 1 ? Math.max(0, 1 - scale * lowerSeries(a, x)) : Math.min(1, scale * upperFraction(a, x));
}

/** P(X ≥ `chiSquare`) for X of the chi² distribution with so many degrees of freedom. */
export function chiSquareTail(chiSquare: number, degreesOfFreedom: number): number {
  return regularisedUpperGamma(degreesOfFreedom / 2, chiSquare / 2);
}

/** Σ xⁿ / (a(a + 1)…(a + n)) */
function lowerSeries(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let n = 1; n < MOST_TERMS && term > sum * TOLERANCE; n++) {
    term *= x / (a + n);
    sum += term;
  }
  return sum;
}

/** 1/(x + 1 − a − 1(1 − a)/(x + 3 − a − …)), from the front, by Lentz's method (DLMF 3.10(iii)). */
function upperFraction(a: number, x: number): number {
  let denominator = x + 1 - a;
  let numerators = 1 / SMALLEST;
  let reciprocal = 1 / denominator;
  let fraction = reciprocal;
  for (let n = 1; n < MOST_TERMS; n++) {
    const partial = -n * (n - a);
    denominator += 2;
    reciprocal = 1 / awayFromZero(partial * reciprocal + denominator);
    numerators = awayFromZero(denominator + partial / numerators);
    const factor = reciprocal * numerators;
    fraction *= factor;
    if (Math.abs(factor - 1) < TOLERANCE) break;
  }
  return fraction;
}

function awayFromZero(value: number): number {
  return Math.abs(value) < SMALLEST ? SMALLEST : value;
}
