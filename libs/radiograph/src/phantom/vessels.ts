import { plane, strokeOnto, type Point, type Region } from './canvas';
import type { Frame } from './frame';
import type { Physique, Side } from './physique';
import type { Random } from './random';

/** Attenuation of the widest vessels. */
const VESSEL_DENSITY = 0.14;

/** Draws the pulmonary vessels, tapering and forking from both hila; values are attenuation, not yet cut to the lungs. */
export function drawVessels(frame: Frame, physique: Physique, random: Random): Region {
  const vessels = plane(frame.size);
  const prominence = random.between(0.75, 1.15);
  for (const side of [-1, 1] as const) {
    const hilum = { x: side * (side < 0 ? 0.075 : 0.085), y: side < 0 ? -0.025 : -0.045 };
    drawHilum(frame, vessels, hilum, side, prominence);
    const count = random.integer(10, 12);
    for (let i = 0; i < count; i++) {
      const angle = -1.35 + (2.75 * (i + random.between(0.1, 0.9))) / count;
      const length = random.between(0.16, 0.24) * (physique.halfWidth / 0.35) * (1 + 0.15 * Math.abs(angle));
      const radius = random.between(0.0042, 0.0072);
      grow(frame, vessels, random, { from: hilum, angle, side, length, radius, prominence, depth: 0 });
    }
  }
  return vessels;
}

function drawHilum(frame: Frame, vessels: Region, hilum: Point, side: Side, prominence: number): void {
  const trunk = frame.pixels([
    { x: hilum.x - side * 0.01, y: hilum.y - 0.035 },
    { x: hilum.x + side * 0.006, y: hilum.y },
    { x: hilum.x + side * 0.012, y: hilum.y + 0.075 },
  ]);
  const style = {
    radius: 0.019 * frame.scale,
    endRadius: 0.008 * frame.scale,
    softness: 0.016 * frame.scale,
  };
  strokeOnto(vessels, trunk, style, VESSEL_DENSITY * prominence);
}

/** One vessel before it is drawn; lengths in patient units. */
interface Branch {
  readonly from: Point;
  /** Radians; 0 points sideways, away from the spine, and positive angles point to the feet. */
  readonly angle: number;
  readonly side: Side;
  readonly length: number;
  readonly radius: number;
  /** Multiplies the attenuation of all vessels of one patient. */
  readonly prominence: number;
  /** How many forks lie between the hilum and this branch. */
  readonly depth: number;
}

/** Draws a gently bending branch and those that fork off it, until they are too thin to be seen. */
function grow(frame: Frame, vessels: Region, random: Random, branch: Branch): void {
  const { angle, side, length, radius, prominence, depth } = branch;
  const bend = random.between(-0.35, 0.35);
  const steps = 6;
  const path: Point[] = [branch.from];
  let { x, y } = branch.from;
  let heading = angle;
  for (let i = 0; i < steps; i++) {
    heading += bend / steps;
    x += (side * Math.cos(heading) * length) / steps;
    y += (Math.sin(heading) * length) / steps;
    path.push({ x, y });
  }
  const strength = VESSEL_DENSITY * prominence * Math.min(1, 0.2 + radius / 0.009);
  const style = {
    radius: radius * frame.scale,
    endRadius: 0.45 * radius * frame.scale,
    softness: 0.0032 * frame.scale,
  };
  strokeOnto(vessels, frame.pixels(path), style, strength);
  if (depth >= 2) return;
  const forks = depth === 0 ? 3 : 1;
  for (let i = 0; i < forks; i++) {
    grow(frame, vessels, random, {
      ...branch,
      from: path[2 + 2 * i] as Point,
      angle: heading + (i % 2 === 0 ? 1 : -1) * random.between(0.3, 0.75),
      length: length * random.between(0.45, 0.65),
      radius: radius * 0.55,
      depth: depth + 1,
    });
  }
}
