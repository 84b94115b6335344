/**
 * Counts of durations in buckets that each reach 5 % further than the one before: bucket i holds those in
 * (1.05^(i−1), 1.05^i] × 0.1 ms; 0 holds all up to 0.1 ms and the last all beyond about ten minutes. Sparse, and its own
 * JSON. Merging is exact, whatever the order, which a t-digest's is not.
 */
export type LatencyHistogram = Readonly<Record<string, number>>;

const FIRST_MS = 0.1;
const GROWTH = 1.05;
const LAST_BUCKET = 320;

/** The largest relative error of a quantile between 0.1 ms and ten minutes: √1.05 − 1, 2.5 %. */
export const QUANTILE_RELATIVE_ERROR = Math.sqrt(GROWTH) - 1;

/** The histogram of one duration, in milliseconds. Negative ones, which a stepped-back clock makes, count as 0. */
export function histogramOf(durationMs: number): LatencyHistogram {
  return { [bucketOf(durationMs)]: 1 };
}

export function mergeHistograms(a: LatencyHistogram, b: LatencyHistogram): LatencyHistogram {
  const merged: Record<string, number> = { ...a };
  for (const [bucket, count] of Object.entries(b)) merged[bucket] = (merged[bucket] ?? 0) + count;
  return merged;
}

/** How many durations there are in it. */
export function countIn(histogram: LatencyHistogram): number {
  return Object.values(histogram).reduce((sum, count) => sum + count, 0);
}

/**
 * The duration, in milliseconds, that `quantile` (0..1) of all do not exceed: the ⌈q·n⌉-th by length, within
 * {@link QUANTILE_RELATIVE_ERROR}. Undefined for an empty histogram.
 */
export function quantileOf(histogram: LatencyHistogram, quantile: number): number | undefined {
  const rank = Math.max(1, Math.ceil(quantile * countIn(histogram)));
  let reached = 0;
  for (const [bucket, count] of inOrder(histogram)) {
    reached += count;
    if (reached >= rank) return FIRST_MS * GROWTH ** (bucket - 0.5);
  }
  return undefined;
}

/** How many surely lasted longer; those in the bucket of `durationMs` itself do not count. */
export function countAbove(histogram: LatencyHistogram, durationMs: number): number {
  const limit = bucketOf(durationMs);
  return inOrder(histogram).reduce((sum, [bucket, count]) => (bucket > limit ? sum + count : sum), 0);
}

function inOrder(histogram: LatencyHistogram): [bucket: number, count: number][] {
  return Object.entries(histogram)
    .map(([bucket, count]): [number, number] => [Number(bucket), count])
    .sort(([a], [b]) => a - b);
}

function bucketOf(durationMs: number): number {
  if (!(durationMs > FIRST_MS)) return 0;
  return Math.min(LAST_BUCKET, Math.ceil(Math.log(durationMs / FIRST_MS) / Math.log(GROWTH)));
}
