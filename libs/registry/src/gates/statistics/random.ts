/** Uniform in [0, 1). */
export type Random = () => number;

/** The generator sfc32 of Chris Doty-Humphrey (PractRand), seeded with 128 bits of lower-case hex or more. */
export function seededRandom(seedHex: string): Random {
  let [a, b, c, counter] = [0, 8, 16, 24].map((at) => parseInt(seedHex.slice(at, at + 8), 16) | 0);
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  // Similar seeds begin alike.
  for (let round = 0; round < 16; round++) next();
  return next;
}
