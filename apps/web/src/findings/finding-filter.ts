import type { Finding } from './finding';

/** What the reader chose to see. */
export interface FindingFilter {
  /** Findings below it are not shown, 0..1. */
  minimumConfidence: number;
  hiddenClasses: ReadonlySet<string>;
  hiddenFindings: ReadonlySet<number>;
}

/** Where the slider starts: what the server reports is shown, and the clutter below a quarter is one move away. */
export const DEFAULT_MINIMUM_CONFIDENCE = 0.25;

export function isAboveMinimum(finding: Finding, filter: FindingFilter): boolean {
  return finding.confidence >= filter.minimumConfidence;
}

export function isShown(finding: Finding, filter: FindingFilter): boolean {
  return (
    isAboveMinimum(finding, filter) &&
    !filter.hiddenClasses.has(finding.className) &&
    !filter.hiddenFindings.has(finding.id)
  );
}

export interface ClassCount {
  className: string;
  count: number;
}

/** The classes present at or above the minimum, in the order of their most confident finding. */
export function classesPresent(findings: readonly Finding[], filter: FindingFilter): ClassCount[] {
  const counts = new Map<string, number>();
  for (const finding of findings) {
    if (isAboveMinimum(finding, filter))
      counts.set(finding.className, (counts.get(finding.className) ?? 0) + 1);
  }
  return [...counts].map(([className, count]) => ({ className, count }));
}

/** The set with `member` added, or taken out when it was in. */
export function toggled<T>(set: ReadonlySet<T>, member: T): ReadonlySet<T> {
  const next = new Set(set);
  if (!next.delete(member)) next.add(member);
  return next;
}

/** The finding `step` places after `current` among those listed, round at the ends; the first or last if none is. */
export function stepFinding(listed: readonly Finding[], current: number | null, step: 1 | -1): number | null {
  if (listed.length === 0) return null;
  const at = listed.findIndex(({ id }) => id === current);
  const next = at < 0 ? (step > 0 ? 0 : listed.length - 1) : (at + step + listed.length) % listed.length;
  return listed[next]?.id ?? null;
}

/** The minimum after one press of a key, in hundredths so that no drift adds up. */
export function stepMinimum(minimum: number, step: 1 | -1): number {
  return Math.min(100, Math.max(0, Math.round(minimum * 100) + step * 5)) / 100;
}

/** "3 shown · 2 hidden", or how none came to be shown. */
export function countText(shown: number, total: number): string {
  if (total === 0) return 'none reported';
  const hidden = total - shown;
  return hidden === 0 ? `${shown} shown` : `${shown} shown · ${hidden} hidden`;
}
