import type { Region } from './canvas';
import type { Random } from './random';

/** Taken once: inside a sandbox such as jest's, looking `Math` up for every pixel costs more than the drawing. */
const { floor, max, min, sqrt } = Math;

/** A smooth random field over the image plane, 0..1, read at pixel positions. */
export type Texture = (x: number, y: number) => number;

const LATTICE = 64;

/**
 * Value noise: random numbers on a lattice, smoothly interpolated; repeats after 64 cells.
 * @param cell distance between lattice points in pixels
 */
export function cloud(random: Random, cell: number): Texture {
  const lattice = new Float32Array(LATTICE * LATTICE);
  for (let i = 0; i < lattice.length; i++) lattice[i] = random.unit();
  const mask = LATTICE - 1;
  const scale = 1 / cell;
  return (x, y) => {
    const gx = x * scale;
    const gy = y * scale;
    const ix = floor(gx);
    const iy = floor(gy);
    let fx = gx - ix;
    let fy = gy - iy;
    fx = fx * fx * (3 - 2 * fx);
    fy = fy * fy * (3 - 2 * fy);
    const row0 = (iy & mask) * LATTICE;
    const row1 = ((iy + 1) & mask) * LATTICE;
    const col0 = ix & mask;
    const col1 = (ix + 1) & mask;
    const upper = lattice[row0 + col0]! + fx * (lattice[row0 + col1]! - lattice[row0 + col0]!);
    const lower = lattice[row1 + col0]! + fx * (lattice[row1 + col1]! - lattice[row1 + col0]!);
    return upper + fy * (lower - upper);
  };
}

/** A cloud with one finer octave on top. */
export function billow(random: Random, cell: number): Texture {
  const coarse = cloud(random, cell);
  const fine = cloud(random, cell / 2.3);
  return (x, y) => 0.66 * coarse(x, y) + 0.34 * fine(x, y);
}

/**
 * A net of thin bright lines around dark meshes: the borders between the cells of jittered seeds.
 * @param mesh size of a mesh in pixels
 * @param line half width of the lines in pixels
 */
export function net(random: Random, mesh: number, line: number): Texture {
  const jitter = new Float32Array(LATTICE * LATTICE * 2);
  for (let i = 0; i < jitter.length; i++) jitter[i] = 0.15 + 0.7 * random.unit();
  const mask = LATTICE - 1;
  return (x, y) => {
    const gx = x / mesh;
    const gy = y / mesh;
    const ix = floor(gx);
    const iy = floor(gy);
    let nearest = 9;
    let second = 9;
    for (let j = iy - 1; j <= iy + 1; j++) {
      for (let i = ix - 1; i <= ix + 1; i++) {
        const at = 2 * ((j & mask) * LATTICE + (i & mask));
        const dx = i + jitter[at]! - gx;
        const dy = j + jitter[at + 1]! - gy;
        const distance = dx * dx + dy * dy;
        if (distance < nearest) {
          second = nearest;
          nearest = distance;
        } else if (distance < second) second = distance;
      }
    }
    const edge = ((sqrt(second) - sqrt(nearest)) * mesh) / (2 * line);
    return edge >= 1 ? 0 : 1 - edge * edge;
  };
}

/** region = shape(value, texture) for every value that is not zero. Returns the region. */
export function weave(
  region: Region,
  texture: Texture,
  shape: (value: number, texture: number) => number,
): Region {
  const { left, top, width, height, data } = region;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      if (data[at]! > 0) data[at] = shape(data[at]!, texture(x + left, y + top));
    }
  }
  return region;
}

/** 0 below `low`, 1 above `high`, smooth between. */
export function smoothStep(low: number, high: number, value: number): number {
  const t = min(1, max(0, (value - low) / (high - low)));
  return t * t * (3 - 2 * t);
}
