import { Metric } from './tracking.types';

/**
 * Of each key the latest point: the highest step, then timestamp, then value, NaN being higher than all. The
 * order does not depend on the order of arrival, so points may be logged late and again.
 */
export function latestMetrics(points: readonly Metric[]): Metric[] {
  const latest = new Map<string, Metric>();
  for (const point of points) {
    const standing = latest.get(point.key);
    if (!standing || isLater(point, standing)) latest.set(point.key, point);
  }
  return [...latest.values()];
}

function isLater(a: Metric, b: Metric): boolean {
  if (a.step !== b.step) return a.step > b.step;
  if (a.timestampMs !== b.timestampMs) return a.timestampMs > b.timestampMs;
  return a.value > b.value || (Number.isNaN(a.value) && !Number.isNaN(b.value));
}
