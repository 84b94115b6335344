import type { Box } from '../finding/box';
import { sample, type Point, type Region } from './canvas';
import type { Frame } from './frame';
import { domeOf, wallAt, type Physique, type Side } from './physique';
import type { Random } from './random';
import type { Tissue } from './soft-tissue';

/** Taken once: inside a sandbox such as jest's, looking `Math` up for every pixel costs more than the drawing. */
const { abs, cos, max, min, sqrt } = Math;

/** A chest that findings are painted on. */
export interface Chest {
  readonly frame: Frame;
  readonly physique: Physique;
  readonly tissue: Tissue;
}

/** One finding, drawn but not yet laid onto the chest, so that it can still be refused if it covers another. */
export interface Painting {
  /** Attenuation to add: region × amount. */
  readonly layers: readonly { readonly region: Region; readonly amount: number }[];
  /** Where vessels vanish: coverage 0..1. */
  readonly hidesVessels?: Region;
  /** What the box encloses; without it, all layers. */
  readonly extent?: readonly Region[];
  /** Fraction of the strongest value above which a pixel counts as drawn; fuzzy findings need more than 0.2. */
  readonly edge?: number;
}

/** Draws one instance of a finding, or nothing where this chest has no room for it. */
export type Painter = (chest: Chest, random: Random) => Painting | undefined;

/** The pixels of a painting that differ visibly from their surroundings, or undefined if none do. */
export function boxOf(painting: Painting): Box | undefined {
  const regions = painting.extent ?? painting.layers.map((layer) => layer.region);
  let xMin = Infinity;
  let yMin = Infinity;
  let xMax = -Infinity;
  let yMax = -Infinity;
  for (const region of regions) {
    const { left, top, width, height, data } = region;
    let peak = 0;
    for (let i = 0; i < data.length; i++) if (data[i]! > peak) peak = data[i]!;
    const threshold = max(0.02, peak * (painting.edge ?? 0.2));
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        if (data[y * width + x]! < threshold) continue;
        xMin = min(xMin, left + x);
        xMax = max(xMax, left + x + 1);
        yMin = min(yMin, top + y);
        yMax = max(yMax, top + y + 1);
      }
    }
  }
  return xMax > xMin ? { xMin, yMin, xMax, yMax } : undefined;
}

/** Where in a lung a finding sits. */
export interface Spot extends Point {
  readonly side: Side;
}

/** A place in aerated lung, `margin` (patient units) off the wall and not much nearer to the heart. Heights are fractions of the lung: 0 = apex, 1 = diaphragm dome. */
export function lungSpot(
  chest: Chest,
  random: Random,
  from: number,
  to: number,
  margin: number,
): Spot | undefined {
  for (let attempt = 0; attempt < 40; attempt++) {
    const side = random.sign();
    const y = heightIn(chest, side, random.between(from, to));
    const outer = abs(wallAt(chest.physique, side, y)) - margin;
    const x = side * random.between(0.085, max(0.09, outer));
    const aerated = [0, 0.7 * margin].every((inward) => {
      const at = chest.frame.pixel(x - side * inward, y);
      return sample(chest.tissue.lungs, at.x, at.y) > 0.8;
    });
    if (aerated) return { x, y, side };
  }
  return undefined;
}

/** The height (patient units) at a fraction between the apex (0) and the dome (1) of a lung. */
export function heightIn(chest: Chest, side: Side, fraction: number): number {
  const apex = -0.36;
  return apex + fraction * (domeOf(chest.physique, side) - apex);
}

/** A radius multiplier with a few random lobes; `depth` 0 gives a perfect circle. */
export function lobes(random: Random, depth: number): (angle: number) => number {
  const terms = [2, 3, 5, 7].map((k) => ({
    k,
    phase: random.between(0, 6.283),
    size: (depth * random.unit()) / sqrt(k),
  }));
  return (angle) => {
    let swell = 1;
    for (const { k, phase, size } of terms) swell += size * cos(k * angle + phase);
    return swell;
  };
}
