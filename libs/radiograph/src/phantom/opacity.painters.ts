import {
  add,
  blur,
  clip,
  fillPolygon,
  strokeOnto,
  unite,
  windowAround,
  type Point,
  type Region,
} from './canvas';
import { ellipse, smoothOutline } from './curve';
import { heightIn, lobes, lungSpot, type Chest, type Painter } from './painting';
import { wallAt } from './physique';
import type { Random } from './random';
import { billow, cloud, smoothStep, weave } from './texture';

/** Consolidation: airspace filled to soft-tissue density, ragged at the edge, with dark bronchi running through it. */
export const paintConsolidation: Painter = (chest, random) => {
  const spot = lungSpot(chest, random, 0.3, 0.95, 0.06);
  if (!spot) return undefined;
  const { size, scale } = chest.frame;
  const radius = random.between(0.06, 0.11);
  const outline = ellipse(
    spot,
    radius * random.between(0.85, 1.15),
    radius,
    random.between(-0.5, 0.5),
    lobes(random, 0.14),
  );
  const region = fillPolygon(size, chest.frame.pixels(outline), 0.016 * scale);
  weave(region, billow(random, 0.024 * scale), (value, texture) =>
    smoothStep(0.42, 0.6, value + 0.42 * (texture - 0.5)),
  );
  blur(region, 0.003 * scale);
  drawBronchograms(chest, random, region, spot, spot.side, radius);
  clip(region, chest.tissue.lungs);
  return { layers: [{ region, amount: random.between(0.25, 0.31) }], hidesVessels: region };
};

function drawBronchograms(
  chest: Chest,
  random: Random,
  region: Region,
  centre: Point,
  side: number,
  radius: number,
): void {
  const { frame } = chest;
  const air = { ...region, data: new Float32Array(region.data.length) };
  const root = { x: centre.x - side * radius * 0.8, y: centre.y - radius * 0.35 };
  for (let i = 0; i < 4; i++) {
    const angle = -0.6 + 0.5 * i + random.between(-0.15, 0.15);
    const mid = {
      x: root.x + side * radius * 0.7 * Math.cos(angle),
      y: root.y + radius * 0.7 * Math.sin(angle),
    };
    const end = {
      x: mid.x + side * radius * 0.6 * Math.cos(angle * 1.5),
      y: mid.y + radius * 0.6 * Math.sin(angle * 1.5),
    };
    const style = {
      radius: 0.0042 * frame.scale,
      endRadius: 0.0022 * frame.scale,
      softness: 0.0035 * frame.scale,
    };
    strokeOnto(air, frame.pixels([root, mid, end]), style, 0.55);
  }
  for (let i = 0; i < region.data.length; i++) region.data[i]! *= 1 - air.data[i]!;
}

/** Infiltration: a loose cluster of fluffy patches, fainter than consolidation and with aerated lung between them. */
export const paintInfiltration: Painter = (chest, random) => {
  const spot = lungSpot(chest, random, 0.25, 0.95, 0.06);
  if (!spot) return undefined;
  const { size, scale } = chest.frame;
  const radius = random.between(0.07, 0.115);
  const puffs: Region[] = [];
  const centres: Point[] = [];
  const count = random.integer(9, 14);
  for (let i = 0; i < count; i++) {
    const angle = (6.283 * i) / count + random.between(-0.4, 0.4);
    const away = radius * (i % 2 === 0 ? random.between(0.6, 0.95) : random.between(0.1, 0.6));
    const centre = { x: spot.x + away * Math.cos(angle), y: spot.y + away * Math.sin(angle) };
    centres.push(centre);
    const puff = random.between(0.011, 0.022);
    puffs.push(
      fillPolygon(
        size,
        chest.frame.pixels(ellipse(centre, puff, puff, 0, lobes(random, 0.25), 24)),
        0.008 * scale,
      ),
    );
  }
  const region = windowAround(size, chest.frame.pixels(centres), 0.045 * scale);
  for (const puff of puffs) unite(region, puff);
  clip(region, chest.tissue.lungs);
  return { layers: [{ region, amount: random.between(0.19, 0.25) }], edge: 0.35 };
};

/** Lung opacity: a homogeneous ground-glass veil through which vessels stay visible. */
export const paintLungOpacity: Painter = (chest, random) => {
  const spot = lungSpot(chest, random, 0.2, 0.9, 0.07);
  if (!spot) return undefined;
  const { size, scale } = chest.frame;
  const radius = random.between(0.065, 0.12);
  const outline = ellipse(
    spot,
    radius * random.between(0.8, 1.1),
    radius * random.between(0.9, 1.2),
    random.between(-0.4, 0.4),
    lobes(random, 0.06),
  );
  const region = fillPolygon(size, chest.frame.pixels(outline), 0.013 * scale);
  const grain = cloud(random, 0.05 * scale);
  weave(region, grain, (value, texture) => value * (0.92 + 0.16 * (texture - 0.5)));
  clip(region, chest.tissue.lungs);
  return { layers: [{ region, amount: random.between(0.135, 0.17) }], edge: 0.35 };
};

/** Nodule or mass: one round, well-defined, homogeneous opacity; up to 3 cm a nodule, above it a mass. */
export const paintNodule: Painter = (chest, random) => {
  const spot = lungSpot(chest, random, 0.12, 0.95, 0.05);
  if (!spot) return undefined;
  const { size, scale } = chest.frame;
  const radius = 0.015 * Math.pow(3.4, random.unit());
  const outline = ellipse(
    spot,
    radius,
    radius * random.between(0.9, 1.1),
    0,
    lobes(random, radius > 0.03 ? 0.05 : 0.03),
  );
  const region = fillPolygon(size, chest.frame.pixels(outline), 0.0022 * scale);
  clip(region, chest.tissue.lungs);
  return { layers: [{ region, amount: random.between(0.2, 0.27) }], edge: 0.4 };
};

/** Calcification: a cluster of tiny specks as dense as cortical bone. */
export const paintCalcification: Painter = (chest, random) => {
  const spot = lungSpot(chest, random, 0.1, 0.9, 0.05);
  if (!spot) return undefined;
  const { size, scale } = chest.frame;
  const count = random.integer(3, 7);
  const spread = 0.008 + 0.0038 * count * random.between(0.7, 1.1);
  const specks: Region[] = [];
  const centres: Point[] = [];
  for (let i = 0; i < count; i++) {
    const angle = (6.283 * i) / count + random.between(-0.5, 0.5);
    const away = spread * random.between(0.35, 1);
    const centre = { x: spot.x + away * Math.cos(angle), y: spot.y + away * Math.sin(angle) };
    const speck = random.between(0.0042, 0.0075);
    centres.push(centre);
    specks.push(
      fillPolygon(size, chest.frame.pixels(ellipse(centre, speck, speck, 0, lobes(random, 0.3), 16)), 0),
    );
  }
  const region = windowAround(size, chest.frame.pixels(centres), 0.02 * scale);
  for (const speck of specks) unite(region, speck);
  blur(region, 0.0015 * scale);
  return { layers: [{ region, amount: random.between(0.42, 0.52) }], edge: 0.3 };
};

/** Atelectasis: collapsed lung as flat plates, or as a wedge with its base at the chest wall and its tip at the hilum. */
export const paintAtelectasis: Painter = (chest, random) =>
  random.chance(0.6) ? paintPlates(chest, random) : paintWedge(chest, random);

const paintPlates: Painter = (chest, random) => {
  const spot = lungSpot(chest, random, 0.55, 0.97, 0.09);
  if (!spot) return undefined;
  const { size, scale } = chest.frame;
  const length = random.between(0.06, 0.1);
  const slope = random.between(-0.28, 0.28);
  const region = windowAround(
    size,
    chest.frame.pixels([
      { x: spot.x - length, y: spot.y },
      { x: spot.x + length, y: spot.y },
    ]),
    0.09 * scale,
  );
  const count = random.integer(1, 2);
  for (let i = 0; i < count; i++) {
    const y = spot.y + i * random.between(0.022, 0.032);
    const reach = length * (1 - 0.25 * i);
    const path = [-1, -0.4, 0.3, 1].map((t) => ({
      x: spot.x + t * reach,
      y: y + t * reach * slope - 0.006 * (1 - t * t),
    }));
    const radius = random.between(0.0058, 0.0085) * scale;
    strokeOnto(region, chest.frame.pixels(path), {
      radius,
      endRadius: radius * 0.8,
      softness: 0.004 * scale,
    });
  }
  clip(region, chest.tissue.lungs);
  return { layers: [{ region, amount: random.between(0.24, 0.3) }], edge: 0.3 };
};

const paintWedge: Painter = (chest, random) => {
  const side = random.sign();
  const y = heightIn(chest, side, random.between(0.5, 0.85));
  const outer = wallAt(chest.physique, side, y);
  const half = random.between(0.03, 0.045);
  const inner = outer - side * random.between(0.14, 0.2);
  const corners = [
    { x: inner, y: y - random.between(0.0, 0.03) },
    { x: (inner + outer) / 2, y: y - half * 0.4 },
    { x: outer + side * 0.01, y: y - half },
    { x: outer + side * 0.01, y: y + half },
    { x: (inner + outer) / 2, y: y + half * 0.35 },
  ];
  const region = fillPolygon(
    chest.frame.size,
    chest.frame.pixels(smoothOutline(corners)),
    0.003 * chest.frame.scale,
  );
  clip(region, chest.tissue.lungs);
  return { layers: [{ region, amount: random.between(0.24, 0.3) }], edge: 0.3 };
};

/** Other lesion: what no other class covers, here a thick-walled cavity or a hiatal hernia, both with air over fluid. */
export const paintOtherLesion: Painter = (chest, random) =>
  random.chance(0.65) ? paintCavity(chest, random) : paintHernia(chest, random);

const paintCavity: Painter = (chest, random) => {
  const spot = lungSpot(chest, random, 0.15, 0.85, 0.07);
  if (!spot) return undefined;
  return ringWithLevel(chest, random, spot, random.between(0.032, 0.058), 0.26);
};

const paintHernia: Painter = (chest, random) => {
  const centre = { x: random.between(-0.01, 0.04), y: chest.physique.domes[1] - random.between(0.005, 0.04) };
  return ringWithLevel(chest, random, centre, random.between(0.045, 0.062), 0.16);
};

/** A dense ring, dark inside, with a flat fluid level in its lower part. */
function ringWithLevel(
  chest: Chest,
  random: Random,
  centre: Point,
  radius: number,
  amount: number,
): ReturnType<Painter> {
  const { size, scale } = chest.frame;
  const wobble = lobes(random, 0.06);
  const outer = fillPolygon(
    size,
    chest.frame.pixels(ellipse(centre, radius, radius * 0.95, 0, wobble)),
    0.002 * scale,
  );
  const hole = radius - Math.max(0.008, radius * 0.22);
  const inner = ellipse(centre, hole, hole * 0.95, 0, wobble);
  const level = centre.y + hole * random.between(0.1, 0.45);
  const air = fillPolygon(
    size,
    chest.frame.pixels(inner.map(({ x, y }) => ({ x, y: Math.min(y, level) }))),
    0.0015 * scale,
  );
  const wall = { ...outer, data: outer.data.slice() };
  add(wall, air, -1);
  for (let i = 0; i < wall.data.length; i++) wall.data[i] = Math.max(0, wall.data[i]!);
  return {
    layers: [
      { region: wall, amount },
      { region: air, amount: amount < 0.2 ? -0.2 : -0.05 },
    ],
    hidesVessels: outer,
    extent: [outer],
    edge: 0.5,
  };
}
