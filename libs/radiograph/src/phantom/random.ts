/** Taken once: inside a sandbox such as jest's, looking `Math` up for every pixel costs more than the drawing. */
const { floor, imul } = Math;

/**
 * A small seeded generator (mulberry32): the same seed always yields the same sequence, on every machine.
 * It draws phantoms; it is not for secrets.
 */
export class Random {
  private state: number;

  /** @param seed any finite number; only its low 32 bits count */
  constructor(seed: number) {
    this.state = mix(seed | 0);
  }

  /** A 32-bit unsigned integer. */
  bits(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let z = this.state;
    z = imul(z ^ (z >>> 15), z | 1);
    z ^= z + imul(z ^ (z >>> 7), z | 61);
    return (z ^ (z >>> 14)) >>> 0;
  }

  /** A number in [0, 1). */
  unit(): number {
    return this.bits() / 4294967296;
  }

  /** A number in [low, high). */
  between(low: number, high: number): number {
    return low + (high - low) * this.unit();
  }

  /** An integer in [low, high], both included. */
  integer(low: number, high: number): number {
    return low + floor(this.unit() * (high - low + 1));
  }

  /** True with the given probability (0 to 1). */
  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  /** One of −1 and 1. */
  sign(): 1 | -1 {
    return this.unit() < 0.5 ? -1 : 1;
  }

  /** A bell-shaped number of mean 0 and standard deviation 1, never beyond ±3.5 (six uniforms summed). */
  bell(): number {
    let sum = 0;
    for (let i = 0; i < 6; i++) sum += this.unit();
    return (sum - 3) * Math.SQRT2;
  }

  /** One element of a non-empty list. */
  pick<T>(items: readonly T[]): T {
    return items[floor(this.unit() * items.length)] as T;
  }

  /** A shuffled copy. */
  shuffle<T>(items: readonly T[]): T[] {
    const copy = items.slice();
    for (let i = copy.length - 1; i > 0; i--) {
      const j = this.integer(0, i);
      const kept = copy[i] as T;
      copy[i] = copy[j] as T;
      copy[j] = kept;
    }
    return copy;
  }

  /** An independent generator, so that drawing more of one thing does not shift everything drawn after it. */
  fork(): Random {
    return new Random(this.bits());
  }
}

/** Spreads neighbouring seeds apart (the finaliser of MurmurHash3). */
function mix(seed: number): number {
  let h = seed ^ 0x9e3779b9;
  h = imul(h ^ (h >>> 16), 0x85ebca6b);
  h = imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
