import { readFileSync, writeFileSync } from 'node:fs';

/** Forgets the highest resident size of a process so far, so that {@link peakResidentBytes} measures from now on. */
export function resetPeakResidentBytes(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

/** Highest resident size of a process since the last reset, from Linux's books. */
export function peakResidentBytes(pid: number): number {
  return statusBytes(pid, 'VmHWM');
}

export function residentBytes(pid: number): number {
  return statusBytes(pid, 'VmRSS');
}

function statusBytes(pid: number, field: string): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)![1]) * 1024;
}
