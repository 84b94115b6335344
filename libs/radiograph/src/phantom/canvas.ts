/** Taken once: inside a sandbox such as jest's, looking `Math` up for every pixel costs more than the drawing. */
const { ceil, floor, max, min, round, sqrt } = Math;

/** A point; which space it lives in (pixels or patient units) is said by whoever takes it. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A rectangle of numbers placed somewhere on an image, so that small things are drawn in small windows. */
export interface Region {
  /** Column of the first value, in pixels of the whole image. */
  readonly left: number;
  /** Row of the first value, in pixels of the whole image. */
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Row-major values; coverage in 0..1 unless said otherwise. */
  readonly data: Float32Array;
}

/** Width and height of the image drawn on, in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** An empty region covering the whole image. */
export function plane(size: Size): Region {
  return {
    left: 0,
    top: 0,
    width: size.width,
    height: size.height,
    data: new Float32Array(size.width * size.height),
  };
}

/** An empty region around some points with a margin in pixels, cut to the image (possibly of zero area). */
export function windowAround(size: Size, points: readonly Point[], margin: number): Region {
  let left = Infinity;
  let top = Infinity;
  let right = -Infinity;
  let bottom = -Infinity;
  for (const { x, y } of points) {
    left = min(left, x);
    right = max(right, x);
    top = min(top, y);
    bottom = max(bottom, y);
  }
  left = max(0, floor(left - margin));
  top = max(0, floor(top - margin));
  const width = max(0, min(size.width, ceil(right + margin)) - left);
  const height = max(0, min(size.height, ceil(bottom + margin)) - top);
  return { left, top, width, height, data: new Float32Array(width * height) };
}

/** Scan lines per pixel row when filling: three are enough for edges that are softened afterwards. */
const SCANS = 3;

/**
 * The inside of a closed polygon (even-odd) as coverage 0..1.
 * @param points corners in pixels
 * @param softness radius in pixels over which the edge fades
 */
export function fillPolygon(size: Size, points: readonly Point[], softness = 0): Region {
  const region = windowAround(size, points, 2 * softness + 1);
  const { left, top, width, height, data } = region;
  const count = points.length;
  const xs = Float64Array.from(points, (point) => point.x - left);
  const ys = Float64Array.from(points, (point) => point.y);
  const crossings: number[] = [];
  for (let scan = 0; scan < height * SCANS; scan++) {
    crossings.length = 0;
    const y = top + (scan + 0.5) / SCANS;
    for (let i = 0, j = count - 1; i < count; j = i++) {
      const from = ys[i]!;
      const to = ys[j]!;
      if (from > y !== to > y) crossings.push(xs[i]! + ((y - from) / (to - from)) * (xs[j]! - xs[i]!));
    }
    crossings.sort((a, b) => a - b);
    const row = floor(scan / SCANS) * width;
    for (let k = 0; k + 1 < crossings.length; k += 2)
      coverSpan(data, row, width, crossings[k]!, crossings[k + 1]!);
  }
  blur(region, softness);
  return region;
}

/** Adds one scan line's share of coverage between two fractional columns. */
function coverSpan(data: Float32Array, row: number, width: number, from: number, to: number): void {
  const start = max(0, from);
  const end = min(width, to);
  if (end <= start) return;
  const share = 1 / SCANS;
  const first = floor(start);
  const last = min(width - 1, floor(end));
  if (first === last) {
    data[row + first]! += (end - start) * share;
    return;
  }
  data[row + first]! += (first + 1 - start) * share;
  for (let at = row + first + 1; at < row + last; at++) data[at]! += share;
  data[row + last]! += (end - last) * share;
}

/** How a stroke looks across its width. */
export interface StrokeStyle {
  /** Half width in pixels at the start, and at the end when it tapers. */
  readonly radius: number;
  readonly endRadius?: number;
  /** Pixels over which the edge fades. */
  readonly softness?: number;
  /** 0 = solid; towards 1 the middle fades and the rims stay, as in a hollow bone. */
  readonly hollow?: number;
}

/** A line through points (pixels) with round ends, as coverage 0..1 in its own window. */
export function strokePath(size: Size, points: readonly Point[], style: StrokeStyle): Region {
  const reach = max(style.radius, style.endRadius ?? 0) + (style.softness ?? 1) + 1;
  const region = windowAround(size, points, reach);
  strokeOnto(region, points, style);
  return region;
}

/** The same as {@link strokePath}, kept as a maximum with what the region already holds, scaled by `strength`. */
export function strokeOnto(region: Region, points: readonly Point[], style: StrokeStyle, strength = 1): void {
  const count = points.length - 1;
  const end = style.endRadius ?? style.radius;
  for (let i = 0; i < count; i++) {
    const from = style.radius + ((end - style.radius) * i) / count;
    const to = style.radius + ((end - style.radius) * (i + 1)) / count;
    strokeSegment(region, points[i] as Point, points[i + 1] as Point, from, to, style, strength);
  }
}

function strokeSegment(
  region: Region,
  a: Point,
  b: Point,
  fromRadius: number,
  toRadius: number,
  style: StrokeStyle,
  strength: number,
): void {
  const softness = max(0.5, style.softness ?? 1);
  const hollow = style.hollow ?? 0;
  const reach = max(fromRadius, toRadius) + softness;
  const { left, top, width, height, data } = region;
  const x0 = max(0, floor(min(a.x, b.x) - reach) - left);
  const x1 = min(width - 1, ceil(max(a.x, b.x) + reach) - left);
  const y0 = max(0, floor(min(a.y, b.y) - reach) - top);
  const y1 = min(height - 1, ceil(max(a.y, b.y) + reach) - top);
  const dx = b.x - a.x;
  const dy = b.y - a.y;
  const square = dx * dx + dy * dy || 1e-9;
  for (let y = y0; y <= y1; y++) {
    const py = y + top + 0.5 - a.y;
    for (let x = x0; x <= x1; x++) {
      const px = x + left + 0.5 - a.x;
      let t = (px * dx + py * dy) / square;
      t = t < 0 ? 0 : t > 1 ? 1 : t;
      const ex = px - t * dx;
      const ey = py - t * dy;
      const distance = sqrt(ex * ex + ey * ey);
      const radius = fromRadius + (toRadius - fromRadius) * t;
      let value = (radius + softness * 0.5 - distance) / softness;
      if (value <= 0) continue;
      if (value > 1) value = 1;
      if (hollow > 0) {
        const inner = min(1, distance / radius);
        value *= 1 - hollow * (1 - inner * inner);
      }
      value *= strength;
      const at = y * width + x;
      if (value > data[at]!) data[at] = value;
    }
  }
}

/** Softens a region in place: two box passes each way, which together weigh like a triangle of the given radius (pixels). */
export function blur(region: Region, radius: number): void {
  const r = round(radius);
  if (r < 1 || region.width === 0 || region.height === 0) return;
  const line = new Float32Array(max(region.width, region.height));
  for (let pass = 0; pass < 2; pass++) {
    for (let y = 0; y < region.height; y++) boxLine(region.data, y * region.width, 1, region.width, r, line);
  }
  const sums = new Float32Array(region.width);
  const copy = new Float32Array(region.data.length);
  for (let pass = 0; pass < 2; pass++) boxColumns(region, r, sums, copy);
}

function boxLine(
  data: Float32Array,
  start: number,
  step: number,
  count: number,
  r: number,
  line: Float32Array,
): void {
  for (let i = 0; i < count; i++) line[i] = data[start + i * step]!;
  const first = line[0]!;
  const last = line[count - 1]!;
  let sum = first * r;
  for (let i = 0; i < r; i++) sum += line[min(i, count - 1)]!;
  const share = 1 / (2 * r + 1);
  for (let i = 0; i < count; i++) {
    sum += i + r < count ? line[i + r]! : last;
    data[start + i * step] = sum * share;
    sum -= i - r >= 0 ? line[i - r]! : first;
  }
}

/** A vertical box pass that walks rows, so that memory is read in order. */
function boxColumns(region: Region, r: number, sums: Float32Array, copy: Float32Array): void {
  const { width, height, data } = region;
  copy.set(data);
  const rowAt = (y: number): number => max(0, min(height - 1, y)) * width;
  sums.fill(0);
  for (let y = -r; y < r; y++) {
    const row = rowAt(y);
    for (let x = 0; x < width; x++) sums[x]! += copy[row + x]!;
  }
  const share = 1 / (2 * r + 1);
  for (let y = 0; y < height; y++) {
    const entering = rowAt(y + r);
    const leaving = rowAt(y - r);
    const row = y * width;
    for (let x = 0; x < width; x++) {
      const sum = sums[x]! + copy[entering + x]!;
      data[row + x] = sum * share;
      sums[x] = sum - copy[leaving + x]!;
    }
  }
}

/** Visits the rows where two regions overlap: the first index into each and how many pixels follow. */
function eachSharedRow(a: Region, b: Region, visit: (inA: number, inB: number, count: number) => void): void {
  const x0 = max(a.left, b.left);
  const count = min(a.left + a.width, b.left + b.width) - x0;
  const y0 = max(a.top, b.top);
  const y1 = min(a.top + a.height, b.top + b.height);
  if (count <= 0) return;
  for (let y = y0; y < y1; y++) {
    visit((y - a.top) * a.width - a.left + x0, (y - b.top) * b.width - b.left + x0, count);
  }
}

/** target += amount × region, where they overlap. */
export function add(target: Region, region: Region, amount: number): void {
  const to = target.data;
  const from = region.data;
  eachSharedRow(target, region, (t, r, count) => {
    for (let i = 0; i < count; i++) to[t + i]! += amount * from[r + i]!;
  });
}

/** target = max(target, region), where they overlap. */
export function unite(target: Region, region: Region): void {
  const to = target.data;
  const from = region.data;
  eachSharedRow(target, region, (t, r, count) => {
    for (let i = 0; i < count; i++) if (from[r + i]! > to[t + i]!) to[t + i] = from[r + i]!;
  });
}

/** target ×= 1 − amount × region, where they overlap. */
export function erase(target: Region, region: Region, amount = 1): void {
  const to = target.data;
  const from = region.data;
  eachSharedRow(target, region, (t, r, count) => {
    for (let i = 0; i < count; i++) to[t + i]! *= 1 - amount * from[r + i]!;
  });
}

/** region ×= mask, which must cover the region. Returns the region. */
export function clip(region: Region, mask: Region): Region {
  const to = region.data;
  const from = mask.data;
  eachSharedRow(region, mask, (t, m, count) => {
    for (let i = 0; i < count; i++) to[t + i]! *= from[m + i]!;
  });
  return region;
}

/** The value at a pixel, 0 outside. */
export function sample(region: Region, x: number, y: number): number {
  const column = floor(x) - region.left;
  const row = floor(y) - region.top;
  if (column < 0 || row < 0 || column >= region.width || row >= region.height) return 0;
  return region.data[row * region.width + column]!;
}
