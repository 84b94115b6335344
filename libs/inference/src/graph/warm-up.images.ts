import { drawPhantom, letterbox } from '@thorax/radiograph';

/** Any will do as long as it stays: the same images judge the same model alike everywhere. */
const SEEDS = [11, 12];
const PHANTOM_SIDE = 512;
/** Phantoms have 12 bits. */
const TO_EIGHT_BITS = 4;

/**
 * Gray levels, row by row, to prove a rewritten graph on: two phantoms with findings, letterboxed as in serving, and
 * noise, which reaches every weight. Deterministic.
 */
export function warmUpImages(width: number, height: number): Uint8Array[] {
  const phantoms = SEEDS.map((seed) => {
    const phantom = drawPhantom({ seed, width: PHANTOM_SIDE, findingCount: 4 });
    const pixels = Uint8Array.from(phantom.pixels, (level) => level >> TO_EIGHT_BITS);
    const levels = new Uint8Array(width * height);
    letterbox({ width: phantom.width, height: phantom.height, pixels }, width, height, levels);
    return levels;
  });
  return [...phantoms, noise(width * height)];
}

/** A linear congruential generator's upper bits (Numerical Recipes' constants). */
function noise(length: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}
