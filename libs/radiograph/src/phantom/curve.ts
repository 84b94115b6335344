import type { Point } from './canvas';

/**
 * A smooth line through points (Catmull-Rom).
 * @param steps samples between two neighbouring points
 */
export function smoothLine(points: readonly Point[], steps = 8): Point[] {
  const line: Point[] = [];
  const last = points.length - 1;
  for (let i = 0; i < last; i++) {
    const before = points[Math.max(0, i - 1)] as Point;
    const from = points[i] as Point;
    const to = points[i + 1] as Point;
    const after = points[Math.min(last, i + 2)] as Point;
    for (let s = 0; s < steps; s++) line.push(between(before, from, to, after, s / steps));
  }
  line.push(points[last] as Point);
  return line;
}

/** A smooth closed outline through points; the first is not repeated. */
export function smoothOutline(points: readonly Point[], steps = 8): Point[] {
  const line: Point[] = [];
  const count = points.length;
  for (let i = 0; i < count; i++) {
    const at = (k: number): Point => points[(i + k + count) % count] as Point;
    for (let s = 0; s < steps; s++) line.push(between(at(-1), at(0), at(1), at(2), s / steps));
  }
  return line;
}

/** An ellipse as an outline; `wobble(angle)` multiplies the radius, `tilt` turns it (radians). */
export function ellipse(
  centre: Point,
  radiusX: number,
  radiusY: number,
  tilt = 0,
  wobble: (angle: number) => number = () => 1,
  corners = 48,
): Point[] {
  const outline: Point[] = [];
  const cos = Math.cos(tilt);
  const sin = Math.sin(tilt);
  for (let i = 0; i < corners; i++) {
    const angle = (2 * Math.PI * i) / corners;
    const swell = wobble(angle);
    const x = radiusX * swell * Math.cos(angle);
    const y = radiusY * swell * Math.sin(angle);
    outline.push({ x: centre.x + x * cos - y * sin, y: centre.y + x * sin + y * cos });
  }
  return outline;
}

function between(p0: Point, p1: Point, p2: Point, p3: Point, t: number): Point {
  return { x: catmullRom(p0.x, p1.x, p2.x, p3.x, t), y: catmullRom(p0.y, p1.y, p2.y, p3.y, t) };
}

function catmullRom(a: number, b: number, c: number, d: number, t: number): number {
  return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
}
