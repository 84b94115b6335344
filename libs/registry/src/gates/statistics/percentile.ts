/** A two-sided interval. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * The value below which a share of the sorted values lies, interpolated linearly between neighbours (type 7 of Hyndman
 * and Fan). NaN without values.
 *
 * @param sorted ascending
 * @param share 0..1
 */
export function percentile(sorted: Float64Array, share: number): number {
  if (sorted.length === 0) return NaN;
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
}

/**
 * The percentile interval of a bootstrap. Resamples without the figure (NaN) are left out; null where they are more
 * than a twentieth, because the interval would then be of something else.
 */
export function percentileInterval(resamples: Float64Array, confidence: number): Interval | null {
  const known = resamples.filter((value) => !Number.isNaN(value)).sort();
  if (known.length === 0 || known.length < 0.95 * resamples.length) return null;
  const tail = (1 - confidence) / 2;
  return { low: percentile(known, tail), high: percentile(known, 1 - tail) };
}
