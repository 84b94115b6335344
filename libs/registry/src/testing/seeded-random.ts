// Taken out of the global object once: looking into it from a test's own realm takes longer than the arithmetic.
const { imul } = Math;

/** Numbers in 0..1 that are the same for the same seed: a 32-bit counter through a mixing function. */
export function seededRandom(seed: number): () => number {
  let counter = seed >>> 0;
  return () => {
    counter = (counter + 0x9e3779b9) >>> 0;
    let mixed = imul(counter ^ (counter >>> 16), 0x21f0aaad);
    mixed = imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}
