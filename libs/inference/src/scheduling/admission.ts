import { DeadlineUnreachableError, QueueFullError } from '../errors';
import { retryAfterSeconds } from './dispatch-policy';

/** What is known when a request comes. */
export interface AdmissionSituation {
  /** Bytes it brings, and bytes held already. */
  readonly bytes: number;
  readonly heldBytes: number;
  readonly maxHeldBytes: number;
  /** Requests waiting, and what a worker needs for one. */
  readonly queued: number;
  readonly perRequestMs: number;
  readonly workers: number;
  /** When the caller needs the answer, and when it would get it; `undefined`: not said, not known. */
  readonly deadlineMs: number | undefined;
  readonly predictedMs: number | undefined;
}

/** Why a request must not be accepted, if so. Bytes do not keep out a request that would be the only one. Pure. */
export function refusalOf(
  situation: AdmissionSituation,
): QueueFullError | DeadlineUnreachableError | undefined {
  const { bytes, heldBytes, maxHeldBytes, deadlineMs, predictedMs = 0 } = situation;
  if (heldBytes > 0 && heldBytes + bytes > maxHeldBytes) {
    return queueFull(`${maxHeldBytes} bytes of images`, situation);
  }
  if (deadlineMs === undefined || (deadlineMs > 0 && predictedMs <= deadlineMs)) return undefined;
  const late = predictedMs - deadlineMs;
  return new DeadlineUnreachableError({
    deadlineMs,
    predictedMs: Math.ceil(predictedMs),
    retryAfterSeconds: retryAfterSeconds(1, 1, late),
  });
}

/** The refusal for a limit that is reached. */
export function queueFull(
  limit: string,
  { queued, workers, perRequestMs }: Pick<AdmissionSituation, 'queued' | 'workers' | 'perRequestMs'>,
): QueueFullError {
  const seconds = retryAfterSeconds(queued + workers, workers, perRequestMs);
  return new QueueFullError({ limit, retryAfterSeconds: seconds });
}
