import { add, blur, fillPolygon, plane, strokePath, type Point, type Region } from './canvas';
import { ellipse, smoothLine, smoothOutline } from './curve';
import type { Frame } from './frame';
import { mirror, wallAt, type Physique, type Side } from './physique';
import type { Random } from './random';
import type { Tissue } from './soft-tissue';

/** Draws spine, ribs, clavicles and shoulder blades; over dense tissue they stand out less than over lung. */
export function drawSkeleton(
  frame: Frame,
  physique: Physique,
  { density, body, lungs }: Tissue,
  random: Random,
): void {
  const bones = plane(frame.size);
  drawSpine(frame, bones, random);
  drawRibs(frame, physique, bones, random);
  drawShoulders(frame, physique, bones, random);
  blur(bones, 0.0012 * frame.scale);
  for (let i = 0; i < bones.data.length; i++) bones.data[i]! *= body.data[i]! * (0.6 + 0.4 * lungs.data[i]!);
  add(density, bones, random.between(0.85, 1.15));
}

function drawSpine(frame: Frame, bones: Region, random: Random): void {
  const { size, scale } = frame;
  const curve = 0.012 * random.bell();
  let y = -0.5;
  for (let level = 0; y < 0.5; level++) {
    const height = 0.038 + 0.0012 * level;
    const half = 0.027 + 0.0006 * level;
    const x = curve * Math.sin(3 * (y + 0.5));
    const block = [
      { x: x - half, y },
      { x: x - half * 0.88, y: y + height / 2 },
      { x: x - half, y: y + height },
      { x: x + half, y: y + height },
      { x: x + half * 0.88, y: y + height / 2 },
      { x: x + half, y },
    ];
    add(bones, fillPolygon(size, frame.pixels(block), 0.003 * scale), 0.04);
    const process = ellipse({ x, y: y + height * 0.75 }, 0.006, 0.011, 0, undefined, 16);
    add(bones, fillPolygon(size, frame.pixels(process), 0.002 * scale), 0.035);
    for (const side of [-1, 1]) {
      const pedicle = ellipse(
        { x: x + side * half * 0.62, y: y + height * 0.35 },
        0.006,
        0.009,
        0,
        undefined,
        16,
      );
      add(bones, fillPolygon(size, frame.pixels(pedicle), 0.0015 * scale), 0.028);
    }
    y += height + 0.007;
  }
}

function drawRibs(frame: Frame, physique: Physique, bones: Region, random: Random): void {
  const spacing = random.between(0.058, 0.066);
  const thickness = random.between(0.0095, 0.012);
  const strength = random.between(0.08, 0.115);
  for (const side of [-1, 1] as const) {
    for (let rib = 0; rib < 9; rib++) {
      const style = {
        radius: (thickness + 0.0008 * random.bell()) * frame.scale,
        softness: 0.0035 * frame.scale,
        hollow: 0.35,
      };
      const [posterior, anterior] = ribArcs(physique, side, -0.335 + rib * spacing, rib);
      const back = strokePath(frame.size, frame.pixels(posterior), style);
      add(bones, back, strength);
      if (rib > 5) continue;
      const front = strokePath(frame.size, frame.pixels(anterior), {
        ...style,
        endRadius: style.radius * 1.25,
      });
      add(bones, front, strength * 0.55);
    }
  }
}

/** The back part of a rib from the spine outwards, and the front part from there inwards. */
function ribArcs(physique: Physique, side: Side, y: number, rib: number): [Point[], Point[]] {
  const sag = 0.03 + 0.012 * rib;
  const outerY = y + sag;
  const outer = Math.abs(wallAt(physique, side, Math.max(-0.3, Math.min(0.2, outerY)))) + 0.006;
  const posterior: Point[] = [];
  for (let i = 0; i <= 14; i++) {
    const t = i / 14;
    const x = 0.028 + (outer - 0.028) * Math.sin((t * Math.PI) / 2);
    posterior.push({
      x: x * side,
      y: y - 0.022 * Math.sin(Math.PI * Math.min(1, t * 1.25)) + sag * t * t * t,
    });
  }
  const anterior: Point[] = [];
  const reach = 0.1 + 0.1 * Math.min(1, rib / 5);
  for (let i = 0; i <= 14; i++) {
    const t = i / 14;
    const x = outer - (outer - Math.max(0.09, outer * 0.36)) * (1 - Math.cos((t * Math.PI) / 2));
    anterior.push({ x: x * side, y: outerY + reach * Math.sin((t * Math.PI) / 2) });
  }
  return [posterior, anterior];
}

function drawShoulders(frame: Frame, physique: Physique, bones: Region, random: Random): void {
  const { size, scale } = frame;
  const lift = 0.012 * random.bell();
  const retracted = random.between(0, 0.03);
  for (const side of [-1, 1] as const) {
    const path = [
      { x: 0.036, y: -0.268 },
      { x: 0.1, y: -0.283 + lift },
      { x: 0.19, y: -0.325 + lift },
      { x: 0.29, y: -0.352 + lift },
      { x: 0.37, y: -0.35 + lift },
    ];
    const clavicle = frame.pixels(smoothLine(mirror(path, side)));
    const style = {
      radius: 0.0125 * scale,
      endRadius: 0.0105 * scale,
      softness: 0.004 * scale,
      hollow: 0.35,
    };
    add(bones, strokePath(size, clavicle, style), 0.095);
    const w = physique.halfWidth + retracted;
    const blade = smoothOutline(
      mirror(
        [
          { x: w * 0.82, y: -0.325 },
          { x: w * 1.15, y: -0.3 },
          { x: w * 1.13, y: -0.19 },
          { x: w * 1.06, y: -0.06 },
          { x: w * 0.99, y: 0.0 },
          { x: w * 0.93, y: -0.06 },
          { x: w * 0.86, y: -0.18 },
        ],
        side,
      ),
    );
    const outline = frame.pixels(blade);
    add(bones, fillPolygon(size, outline, 0.003 * scale), 0.035);
    const rim = strokePath(size, [...outline, outline[0] as Point], {
      radius: 0.003 * scale,
      softness: 0.004 * scale,
    });
    add(bones, rim, 0.035);
    const head = ellipse({ x: side * (w * 1.22), y: -0.315 }, 0.05, 0.048);
    add(bones, fillPolygon(size, frame.pixels(head), 0.003 * scale), 0.075);
    const arm = frame.pixels([
      { x: side * w * 1.26, y: -0.31 },
      { x: side * 0.56, y: -0.08 },
    ]);
    add(bones, strokePath(size, arm, { radius: 0.028 * scale, softness: 0.006 * scale, hollow: 0.4 }), 0.07);
  }
}
