const EXPONENT_BITS = 0x1f;
const FRACTION_STEPS = 1024;
const BIAS = 15;

/** Widens half-precision numbers, given as their bits, into a new array of the same length; exact. */
export function float16ToFloat32(bits: Uint16Array): Float32Array {
  return Float32Array.from(bits, numberOfFloat16);
}

/** The number that sixteen bits of IEEE 754 half precision stand for. */
export function numberOfFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & EXPONENT_BITS;
  const fraction = bits & (FRACTION_STEPS - 1);
  if (exponent === EXPONENT_BITS) return fraction ? NaN : sign * Infinity;
  if (exponent === 0) return sign * (fraction / FRACTION_STEPS) * 2 ** (1 - BIAS);
  return sign * (1 + fraction / FRACTION_STEPS) * 2 ** (exponent - BIAS);
}

/** The bits of the half-precision number nearest to `value`, ties to even; beyond ±65,504 infinite. */
export function float16Of(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (magnitude >= 65_520) return sign | 0x7c00;
  const exponent = Math.max(Math.floor(Math.log2(magnitude)), 1 - BIAS);
  const steps = roundHalfEven((magnitude / 2 ** exponent) * FRACTION_STEPS);
  // Adding rather than joining lets a fraction that rounds up carry into the exponent.
  const biased = exponent === 1 - BIAS ? steps : ((exponent + BIAS - 1) << 10) + steps;
  return sign | biased;
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
