// Table of T.81 A.3.3: BASIS[u * 8 + x] = C(u) / 2 · cos((2x + 1)uπ / 16).
const BASIS = Float64Array.from({ length: 64 }, (_, i) => {
  const u = i >> 3;
  const x = i & 7;
  return (u === 0 ? Math.SQRT1_2 : 1) * 0.5 * Math.cos(((2 * x + 1) * u * Math.PI) / 16);
});

const scratch = new Float64Array(64);

/** Inverse DCT of an 8 × 8 block in place, row by row then column by column (T.81 A.3.3). */
export function inverseDct(block: Float64Array): void {
  for (let row = 0; row < 64; row += 8) transform(block, row, 1, scratch, row, 1);
  for (let column = 0; column < 8; column++) transform(scratch, column, 8, block, column, 8);
}

function transform(
  from: Float64Array,
  fromStart: number,
  fromStep: number,
  to: Float64Array,
  toStart: number,
  toStep: number,
): void {
  for (let x = 0; x < 8; x++) to[toStart + x * toStep] = 0;
  for (let u = 0; u < 8; u++) {
    const coefficient = from[fromStart + u * fromStep];
    if (coefficient === 0) continue; // Most are, which makes this faster than a clever factorization.
    for (let x = 0; x < 8; x++) to[toStart + x * toStep] += coefficient * BASIS[u * 8 + x];
  }
}
