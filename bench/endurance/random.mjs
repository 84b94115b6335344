/** Numbers 0..1 that are the same in every run (Lehmer); `seed` is a whole number from 1 to 2^31 − 2. */
export function lehmer(seed) {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}
