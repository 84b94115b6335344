/** How soon an answer is wanted, as priority levels of the inference queue: 1 is served first. */
export const PRIORITY = {
  /** Somebody is looking at the screen. */
  interactive: 1,
  /** A program waits for all of it. */
  batch: 2,
  /** Nobody waits. */
  background: 3,
} as const;
