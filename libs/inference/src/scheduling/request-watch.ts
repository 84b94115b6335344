import { Clock } from './clock';

/** What may end a request before its answer. */
export interface RequestLimits {
  /** From acceptance to answer, in milliseconds. */
  readonly timeoutMs: number;
  /** From acceptance to its leaving the queue. */
  readonly queueTimeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Who is told. */
export interface RequestWatcher {
  onTimeout(): void;
  /** Also told when the request has left the queue by then. */
  onQueueTimeout(): void;
  onAbort(reason: unknown): void;
}

/** Watches over a request's time and its caller's signal; the returned function ends that. */
export function watchRequest(
  clock: Clock,
  { timeoutMs, queueTimeoutMs, signal }: RequestLimits,
  watcher: RequestWatcher,
): () => void {
  const cancelTimeout = clock.after(timeoutMs, () => watcher.onTimeout());
  const cancelQueueTimeout =
    queueTimeoutMs === undefined ? undefined : clock.after(queueTimeoutMs, () => watcher.onQueueTimeout());
  const onAbort = signal && ((): void => watcher.onAbort(signal.reason));
  if (onAbort) signal.addEventListener('abort', onAbort, { once: true });
  return () => {
    cancelTimeout();
    cancelQueueTimeout?.();
    if (onAbort) signal.removeEventListener('abort', onAbort);
  };
}
