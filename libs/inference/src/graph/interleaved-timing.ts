/** Time as the preparation needs it. */
export interface Stopwatch {
  /** Milliseconds from an arbitrary start, never going back. */
  now(): number;
}

/** What two alternatives took, over the rounds. */
export interface Timing {
  /** Medians, milliseconds. */
  readonly firstMs: number;
  readonly secondMs: number;
  /** Median of each round's first ÷ second: both halves of a round meet the same machine. Above 1 the second is faster. */
  readonly ratio: number;
}

/** Fewer say little on a machine that also does other things. */
export const LEAST_ROUNDS = 7;
const MOST_ROUNDS = 41;
/** Quick models are timed until so much has passed: the quicker, the more a disturbance weighs. */
const LASTS_MS = 1000;

/**
 * Times two alternatives in turns, so that whatever slows the machine slows both, and swaps who goes first each
 * round. Both run once unmeasured beforehand. At least `rounds` rounds, and {@link LEAST_ROUNDS}; for quick
 * alternatives more, up to a second or 41 rounds.
 */
export async function timeInterleaved(
  first: () => Promise<unknown>,
  second: () => Promise<unknown>,
  clock: Stopwatch,
  rounds = LEAST_ROUNDS,
): Promise<Timing> {
  const taken: { first: number[]; second: number[] } = { first: [], second: [] };
  const measure = async (run: () => Promise<unknown>, into: number[]): Promise<void> => {
    const started = clock.now();
    await run();
    into.push(clock.now() - started);
  };
  await first();
  await second();
  const started = clock.now();
  const least = Math.max(rounds, LEAST_ROUNDS);
  const goesOn = (round: number): boolean =>
    round < least || (round < MOST_ROUNDS && clock.now() - started < LASTS_MS);
  for (let round = 0; goesOn(round); round++) {
    if (round % 2 === 0) await measure(first, taken.first);
    await measure(second, taken.second);
    if (round % 2 === 1) await measure(first, taken.first);
  }
  return {
    firstMs: medianOf(taken.first),
    secondMs: medianOf(taken.second),
    ratio: medianOf(taken.first.map((time, round) => time / taken.second[round]!)),
  };
}

/** The middle value, or the mean of the two in the middle; `NaN` of nothing. */
export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle) - 1]!) / 2;
}
