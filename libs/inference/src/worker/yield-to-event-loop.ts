import { getPriority, setPriority } from 'node:os';

/** Between normal (0) and below normal (10): a waiting event loop goes first, a busy machine still shares. */
const NICENESS = 5;

/**
 * Lets the application's event loop go before this worker where there are more threads at work than cores: decoding
 * and runs take tens of milliseconds, and nobody notices one more; a health check or a new request does.
 *
 * On Linux the calling thread alone is meant, and the threads it starts from then on; elsewhere this would mean the
 * whole process, so nothing happens there.
 */
export function yieldToEventLoop(): void {
  // Whoever is nicer already may not become less so.
  if (process.platform === 'linux' && getPriority() < NICENESS) setPriority(NICENESS);
}
