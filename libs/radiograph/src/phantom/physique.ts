import type { Point } from './canvas';
import { smoothLine, smoothOutline } from './curve';
import type { Random } from './random';

/** Which side of the film: −1 the left half (the patient's right), 1 the right half (the patient's left). */
export type Side = -1 | 1;

/** What sets one patient's chest apart from another's. Lengths in patient units (1 ≈ 43 cm). */
export interface Physique {
  /** Half the inner width of the thorax at its widest. */
  readonly halfWidth: number;
  /** Height of each diaphragm dome, patient's right then left. */
  readonly domes: readonly [number, number];
  /** Depth of the costophrenic angles below the domes. */
  readonly sulcus: number;
  /** Heart width over inner thoracic width; above 0.5 is cardiomegaly. */
  readonly cardiothoracicRatio: number;
  /** Radius of the aortic knob. */
  readonly knobRadius: number;
  /** Extra soft tissue, 0 slender to 1 heavy. */
  readonly bulk: number;
  readonly breasts: boolean;
}

/** What findings ask of the body, decided before it is drawn. */
export interface Demands {
  readonly cardiomegaly: boolean;
  readonly aorticEnlargement: boolean;
  /** A side whose lung has lost volume: its diaphragm stands higher. */
  readonly shrunkSide?: Side;
}

/** Draws a patient. Normal and abnormal ranges are kept apart, as a label must be decidable from the image. */
export function randomPhysique(random: Random, demands: Demands): Physique {
  const halfWidth = random.between(0.335, 0.375);
  const right = random.between(0.14, 0.2);
  const left = right + random.between(0.005, 0.035);
  const loss = random.between(0.02, 0.04);
  return {
    halfWidth,
    domes: [right - (demands.shrunkSide === -1 ? loss : 0), left - (demands.shrunkSide === 1 ? loss : 0)],
    sulcus: random.between(0.085, 0.115),
    cardiothoracicRatio: demands.cardiomegaly ? random.between(0.565, 0.68) : random.between(0.39, 0.475),
    knobRadius: demands.aorticEnlargement ? random.between(0.056, 0.078) : random.between(0.03, 0.038),
    bulk: random.unit(),
    breasts: random.chance(0.45),
  };
}

/** Height of the dome on a side. */
export function domeOf(physique: Physique, side: Side): number {
  return side === -1 ? physique.domes[0] : physique.domes[1];
}

/** The outer wall of a lung from the apex down to the costophrenic angle. */
export function lateralWall(physique: Physique, side: Side): Point[] {
  const w = physique.halfWidth;
  const angle = domeOf(physique, side) + physique.sulcus;
  const points = [
    { x: 0.075, y: -0.318 },
    { x: 0.125, y: -0.365 },
    { x: 0.19, y: -0.34 },
    { x: w * 0.74, y: -0.24 },
    { x: w * 0.9, y: -0.1 },
    { x: w * 0.975, y: 0.05 },
    { x: w, y: angle - 0.1 },
    { x: w * 0.995, y: angle },
  ];
  return mirror(smoothLine(points, 10), side);
}

/** The dome of a diaphragm from the costophrenic angle to the spine. */
export function diaphragm(physique: Physique, side: Side): Point[] {
  const w = physique.halfWidth;
  const dome = domeOf(physique, side);
  const points = [
    { x: w * 0.995, y: dome + physique.sulcus },
    { x: w * 0.87, y: dome + 0.035 },
    { x: w * 0.6, y: dome },
    { x: w * 0.33, y: dome + 0.016 },
    { x: 0.03, y: dome + 0.06 },
  ];
  return mirror(smoothLine(points, 10), side);
}

/** The whole outline of a lung, its inner part hidden by the mediastinum. */
export function lungOutline(physique: Physique, side: Side): Point[] {
  const inner = mirror(
    [
      { x: 0.03, y: 0.1 },
      { x: 0.03, y: -0.2 },
      { x: 0.045, y: -0.27 },
    ],
    side,
  );
  return [...lateralWall(physique, side), ...diaphragm(physique, side), ...inner];
}

/** The x of the outer lung wall at a height. */
export function wallAt(physique: Physique, side: Side, y: number): number {
  const wall = lateralWall(physique, side);
  let best = wall[wall.length - 1] as Point;
  for (let i = 0; i + 1 < wall.length; i++) {
    const a = wall[i] as Point;
    const b = wall[i + 1] as Point;
    if (a.y <= y && b.y > y) {
      const t = (y - a.y) / (b.y - a.y);
      best = { x: a.x + t * (b.x - a.x), y };
    }
  }
  return best.x;
}

/** The outline of the heart. */
export function heartOutline(physique: Physique): Point[] {
  const width = 2 * physique.halfWidth * physique.cardiothoracicRatio;
  const right = width * 0.31;
  const left = width * 0.69;
  const floor = physique.domes[1] + 0.045;
  const lift = (physique.cardiothoracicRatio - 0.43) * 0.25;
  return smoothOutline([
    { x: -0.035, y: -0.06 - lift },
    { x: -right * 0.78, y: -0.015 - lift },
    { x: -right, y: floor - 0.125 },
    { x: -right * 0.86, y: floor - 0.03 },
    { x: 0, y: floor + 0.005 },
    { x: left * 0.6, y: floor + 0.012 },
    { x: left * 0.95, y: floor - 0.022 },
    { x: left * 0.97, y: floor - 0.075 },
    { x: left * 0.72, y: floor - 0.16 },
    { x: left * 0.4 + 0.01, y: -0.025 - lift },
    { x: 0.03, y: -0.07 - lift },
  ]);
}

/** Centre of the aortic knob. */
export function knobCentre(physique: Physique): Point {
  return { x: 0.03 + 0.55 * physique.knobRadius, y: -0.155 };
}

/** Points of one side's template moved to the other side. */
export function mirror(points: readonly Point[], side: Side): Point[] {
  return points.map(({ x, y }) => ({ x: x * side, y }));
}
