import { blur, clip, fillPolygon, strokeOnto, strokePath, windowAround, type Point } from './canvas';
import { smoothLine } from './curve';
import { heightIn, type Painter } from './painting';
import { domeOf, lateralWall, wallAt, type Side } from './physique';

/** Pleural effusion: fluid in the costophrenic angle with a meniscus that climbs the chest wall. */
export const paintEffusion: Painter = (chest, random) => {
  const side = random.sign();
  const { size, scale } = chest.frame;
  const angle = domeOf(chest.physique, side) + chest.physique.sulcus;
  const outer = Math.abs(wallAt(chest.physique, side, angle - 0.05));
  const level = angle - random.between(0.1, 0.24);
  const climb = random.between(0.04, 0.075);
  const inner = random.between(0.07, 0.13);
  const meniscus = smoothLine([
    { x: outer + 0.03, y: level - climb - 0.02 },
    { x: outer - 0.012, y: level - climb },
    { x: outer - 0.05, y: level - climb * 0.25 },
    { x: (outer + inner) / 2 - 0.01, y: level + climb * 0.3 },
    { x: inner, y: level + climb * 0.45 },
  ]);
  const outline = [...meniscus, { x: inner, y: angle + 0.05 }, { x: outer + 0.03, y: angle + 0.05 }];
  const pixels = chest.frame.pixels(outline.map(({ x, y }) => ({ x: x * side, y })));
  const region = clip(fillPolygon(size, pixels, 0.0045 * scale), chest.tissue.lungs);
  return { layers: [{ region, amount: random.between(0.34, 0.4) }], hidesVessels: region, edge: 0.35 };
};

/** Pleural thickening: a dense band along the chest wall, or a cap over the apex. */
export const paintThickening: Painter = (chest, random) => {
  const side = random.sign();
  const { size, scale } = chest.frame;
  const cap = random.chance(0.35);
  const from = heightIn(chest, side, cap ? -0.05 : random.between(0.15, 0.5));
  const to = cap ? heightIn(chest, side, random.between(0.1, 0.2)) : from + random.between(0.13, 0.24);
  const wall = lateralWall(chest.physique, side).filter(({ y }) => y >= from && y <= to);
  if (wall.length < 3) return undefined;
  const width = random.between(0.013, 0.02);
  const path = chest.frame.pixels(wall);
  const region = windowAround(size, path, 0.06 * scale);
  strokeOnto(region, path, { radius: width * 1.35 * scale, softness: 0.005 * scale });
  blur(region, 0.001 * scale);
  clip(region, chest.tissue.lungs);
  return { layers: [{ region, amount: random.between(0.27, 0.33) }], hidesVessels: region, edge: 0.35 };
};

/** Pneumothorax: air without vessels between the chest wall and the thin bright line of the retracted lung. */
export const paintPneumothorax: Painter = (chest, random) => {
  const side = random.sign();
  const { size, scale } = chest.frame;
  const bottom = heightIn(chest, side, random.between(0.4, 0.95));
  const wall = lateralWall(chest.physique, side).filter(({ y }) => y <= bottom);
  const gap = random.between(0.04, 0.075);
  const line = visceralLine(wall, side, gap);
  const air = fillPolygon(size, chest.frame.pixels([...wall, ...line.slice().reverse()]), 0.002 * scale);
  clip(air, chest.tissue.lungs);
  const pleura = strokePath(size, chest.frame.pixels(line), {
    radius: 0.002 * scale,
    softness: 0.003 * scale,
  });
  clip(pleura, chest.tissue.lungs);
  return {
    layers: [
      { region: air, amount: -random.between(0.11, 0.14) },
      { region: pleura, amount: random.between(0.14, 0.2) },
    ],
    hidesVessels: air,
    extent: [air],
    edge: 0.3,
  };
};

/** The edge of the retracted lung: as far from the wall as `gap` at the apex, meeting it again at the bottom. */
function visceralLine(wall: readonly Point[], side: Side, gap: number): Point[] {
  const last = wall.length - 1;
  return wall.map((point, i) => {
    const t = i / last;
    const away = gap * Math.sqrt(Math.max(0, 1 - t * t * t));
    const inward = Math.min(1, 0.25 + t * 1.6);
    return { x: point.x - side * away * inward, y: point.y + away * (1.25 - Math.min(1, t * 1.6)) };
  });
}
