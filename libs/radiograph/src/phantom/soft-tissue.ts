import { add, blur, fillPolygon, plane, strokePath, unite, type Region, type Size } from './canvas';
import { ellipse, smoothOutline } from './curve';
import type { Frame } from './frame';
import {
  diaphragm,
  heartOutline,
  knobCentre,
  lungOutline,
  mirror,
  type Physique,
  type Side,
} from './physique';
import type { Random } from './random';
import { billow } from './texture';

/** Taken once: inside a sandbox such as jest's, looking `Math` up for every pixel costs more than the drawing. */
const { max, min } = Math;

/** The planes that make up the body before bones and findings. */
export interface Tissue {
  /** Attenuation, 0 = air outside the patient, about 1 = the densest bone over the densest tissue. */
  readonly density: Region;
  /** Coverage of aerated lung that is not hidden by heart and great vessels, 0..1. */
  readonly lungs: Region;
  /** Coverage of the patient, 0..1. */
  readonly body: Region;
}

/** How much darker a fully aerated lung is than the chest wall around it. */
export const LUNG_LUCENCY = 0.37;

/** Draws the body's outline, lungs, mediastinum and abdomen. */
export function drawTissue(frame: Frame, physique: Physique, random: Random): Tissue {
  const { size, scale } = frame;
  const body = drawBody(frame, physique);
  const mediastinum = drawMediastinum(frame, physique, random);
  const lungs = plane(size);
  for (const side of [-1, 1] as const) {
    unite(lungs, fillPolygon(size, frame.pixels(lungOutline(physique, side)), 0.003 * scale));
  }
  for (let i = 0; i < lungs.data.length; i++) lungs.data[i]! *= 1 - 0.95 * mediastinum.data[i]!;
  const density = composeDensity(size, body, lungs, mediastinum, random);
  drawAbdomen(frame, physique, density, random);
  if (physique.breasts) drawBreasts(frame, physique, density, random);
  drawAirway(frame, density, random);
  return { density, lungs, body };
}

function drawBody(frame: Frame, physique: Physique): Region {
  const w = physique.halfWidth + 0.055 + 0.03 * physique.bulk;
  const half = [
    { x: 0.085, y: -0.62 },
    { x: 0.095, y: -0.46 },
    { x: 0.2, y: -0.415 - 0.02 * physique.bulk },
    { x: 0.36, y: -0.375 - 0.02 * physique.bulk },
    { x: 0.52, y: -0.31 },
    { x: 0.62, y: -0.2 },
    { x: 0.6, y: 0.02 },
    { x: w + 0.055, y: -0.08 },
    { x: w + 0.012, y: 0.02 },
    { x: w, y: 0.16 },
    { x: w + 0.005, y: 0.35 },
    { x: w, y: 0.7 },
  ];
  const outline = smoothOutline([...half, ...mirror(half, -1).reverse()]);
  const body = plane(frame.size);
  unite(body, fillPolygon(frame.size, frame.pixels(outline)));
  const skin = { ...body, data: body.data.slice() };
  blur(skin, 0.028 * frame.scale);
  for (let i = 0; i < body.data.length; i++) {
    body.data[i] = body.data[i]! * min(1, 1.9 * max(0, skin.data[i]! - 0.42));
  }
  return body;
}

function drawMediastinum(frame: Frame, physique: Physique, random: Random): Region {
  const { size, scale } = frame;
  const all = plane(size);
  const knob = knobCentre(physique);
  const stretch = random.between(0.9, 1.12);
  const upper = smoothOutline([
    { x: -0.045, y: -0.42 },
    { x: 0.045, y: -0.42 },
    { x: 0.05 * stretch, y: -0.27 },
    { x: 0.036, y: -0.2 },
    { x: 0.05, y: -0.1 },
    { x: 0.07 * stretch, y: -0.06 },
    { x: 0.06, y: 0.06 },
    { x: -0.06, y: 0.06 },
    { x: -0.05 * stretch, y: -0.06 },
    { x: -0.052 * stretch, y: -0.18 },
    { x: -0.056 * stretch, y: -0.28 },
  ]);
  unite(all, fillPolygon(size, frame.pixels(upper), 0.006 * scale));
  unite(all, fillPolygon(size, frame.pixels(heartOutline(physique)), 0.0045 * scale));
  const round = ellipse(knob, physique.knobRadius, physique.knobRadius * 1.08);
  unite(all, fillPolygon(size, frame.pixels(round), 0.003 * scale));
  const descending = frame.pixels([
    { x: knob.x - physique.knobRadius * 0.1, y: knob.y },
    { x: 0.045, y: 0.02 },
    { x: 0.03, y: 0.2 },
  ]);
  const thick = { radius: (0.018 + 0.25 * physique.knobRadius) * scale, softness: 0.012 * scale };
  const stripe = strokePath(size, descending, thick);
  for (let i = 0; i < stripe.data.length; i++) stripe.data[i]! *= 0.75;
  unite(all, stripe);
  return all;
}

function composeDensity(
  size: Size,
  body: Region,
  lungs: Region,
  mediastinum: Region,
  random: Random,
): Region {
  const density = plane(size);
  const unevenness = billow(random, size.width / 5);
  const tilt = random.between(-0.04, 0.04);
  const row = new Float32Array(size.width);
  for (let y = 0; y < size.height; y++) {
    const down = 0.535 + 0.09 * (y / size.height - 0.5);
    fillRow(row, (x) => down + tilt * (x / size.width - 0.5) + 0.05 * (unevenness(x, y) - 0.5));
    for (let x = 0, at = y * size.width; x < size.width; x++, at++) {
      const patient = body.data[at]! * (row[x]! + 0.07 * mediastinum.data[at]!);
      density.data[at] = patient - LUNG_LUCENCY * lungs.data[at]!;
    }
  }
  return density;
}

/** Evaluates a slowly varying function at every eighth column and joins the values by straight lines. */
function fillRow(row: Float32Array, value: (x: number) => number): void {
  const step = 8;
  let from = value(0);
  for (let x = 0; x < row.length; x += step) {
    const to = value(x + step);
    const end = min(row.length, x + step);
    for (let i = x; i < end; i++) row[i] = from + ((to - from) * (i - x)) / step;
    from = to;
  }
}

function drawAbdomen(frame: Frame, physique: Physique, density: Region, random: Random): void {
  const { size, scale } = frame;
  for (const side of [-1, 1] as const) {
    const below = [...diaphragm(physique, side), { x: 0, y: 0.7 }, { x: 0.45 * side, y: 0.7 }];
    add(density, fillPolygon(size, frame.pixels(below), 0.004 * scale), 0.07);
  }
  if (!random.chance(0.6)) return;
  const centre = { x: random.between(0.12, 0.2), y: physique.domes[1] + random.between(0.06, 0.085) };
  const bubble = ellipse(centre, random.between(0.03, 0.06), random.between(0.018, 0.028), 0.15);
  add(density, fillPolygon(size, frame.pixels(bubble), 0.005 * scale), -0.16);
}

function drawBreasts(frame: Frame, physique: Physique, density: Region, random: Random): void {
  const drop = random.between(0.08, 0.16);
  const amount = random.between(0.03, 0.06);
  for (const side of [-1, 1] as const) {
    const centre = { x: side * physique.halfWidth * 0.66, y: drop };
    const outline = ellipse(centre, physique.halfWidth * 0.42, random.between(0.1, 0.13), side * -0.35);
    add(density, fillPolygon(frame.size, frame.pixels(outline), 0.02 * frame.scale), amount);
  }
}

function drawAirway(frame: Frame, density: Region, random: Random): void {
  const { size, scale } = frame;
  const sway = random.between(-0.008, 0.012);
  const carina = { x: sway + 0.004, y: -0.105 };
  const trachea = frame.pixels([{ x: 0, y: -0.6 }, { x: sway / 2, y: -0.3 }, carina]);
  add(density, strokePath(size, trachea, { radius: 0.0175 * scale, softness: 0.008 * scale }), -0.1);
  for (const side of [-1, 1] as Side[]) {
    const end = { x: side * (side < 0 ? 0.07 : 0.085), y: side < 0 ? -0.055 : -0.045 };
    const style = { radius: 0.013 * scale, endRadius: 0.009 * scale, softness: 0.009 * scale };
    add(density, strokePath(size, frame.pixels([carina, end]), style), -0.06);
  }
}
