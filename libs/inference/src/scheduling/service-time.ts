const FIRST_GUESS_MS = 100;
const WEIGHT_OF_LATEST = 0.1;

/** What lies before a request that has just come. */
export interface Backlog {
  /** Waiting requests that would be served earlier. */
  readonly ahead: number;
  /** Requests being worked on. */
  readonly running: number;
  /** Workers that can serve it. */
  readonly lanes: number;
}

/**
 * How long requests take, as exponentially weighted means, and what follows for one that has just come. Pure: equal
 * measurements give equal answers.
 */
export class ServiceTime {
  private requestMs = FIRST_GUESS_MS;
  private groupMs = FIRST_GUESS_MS;
  private known = false;

  /** Takes the time a worker spent on a group of requests, from the hand-over or its previous answer. */
  observe(requests: number, tookMs: number): void {
    const weight = this.known ? WEIGHT_OF_LATEST : 1;
    this.requestMs += weight * (tookMs / requests - this.requestMs);
    this.groupMs += weight * (tookMs - this.groupMs);
    this.known = true;
  }

  /** A worker's time for one request; 100 before anything is known. */
  get perRequestMs(): number {
    return this.requestMs;
  }

  /** A worker's time for a group; 0 before anything is known. */
  get perGroupMs(): number {
    return this.known ? this.groupMs : 0;
  }

  /**
   * When the request would be answered, in milliseconds from now; `undefined` before anything is known. Requests
   * under way are taken to be half done, and later ones of higher priority not to come.
   */
  predict({ ahead, running, lanes }: Backlog): number | undefined {
    if (!this.known) return undefined;
    const free = Math.max(lanes - running, 0);
    const before =
      ahead >= free ? ahead - free + Math.min(running, lanes) / 2 + Math.max(running - lanes, 0) : 0;
    return (before / Math.max(lanes, 1)) * this.requestMs + this.groupMs;
  }
}
