/** How far a job is. */
export interface JobProgress {
  readonly total: number;
  readonly predicted: number;
  readonly failed: number;
}

/** `completed` means that every item has its answer, be it a prediction or a problem. */
export type JobState = 'queued' | 'running' | 'completed' | 'cancelled';

/** What decides a job's state. */
export interface JobFacts extends JobProgress {
  readonly startedAt: Date | null;
  readonly cancelledAt: Date | null;
}

/**
 * The state that follows from the facts. Cancelling a job whose last item was answered already comes too
 * late: it stays completed.
 */
export function jobStateOf({ total, predicted, failed, startedAt, cancelledAt }: JobFacts): JobState {
  if (predicted + failed === total) return 'completed';
  if (cancelledAt) return 'cancelled';
  return startedAt ? 'running' : 'queued';
}

/** Whether nothing about the job will change any more. */
export function isSettled(state: JobState): boolean {
  return state === 'completed' || state === 'cancelled';
}
