import { blur, fillPolygon, type Region } from './canvas';
import type { Frame } from './frame';
import type { Random } from './random';

/** Taken once: inside a sandbox such as jest's, looking `Math` up for every pixel costs more than the drawing. */
const { ceil, floor, max, min, pow, round } = Math;

/** How a phantom was exposed and how it asks to be shown. */
export interface Exposure {
  /** Tube voltage. */
  readonly kilovoltPeak: number;
  /** Tube current times time. */
  readonly milliampereSeconds: number;
  /** Linear window in pixel values, as DICOM's Window Center and Window Width. */
  readonly windowCenter: number;
  readonly windowWidth: number;
}

/** Highest pixel value (12 bits). */
export const PIXEL_MAX = 4095;

/**
 * Turns attenuation into a 12-bit radiograph (bright = dense): scatter, contrast, quantum noise, collimation and marker.
 * Denser tissue lets fewer quanta through, so it is noisier.
 */
export function expose(
  frame: Frame,
  density: Region,
  random: Random,
): { pixels: Uint16Array; exposure: Exposure } {
  addScatter(density, frame, random.between(0.08, 0.16));
  const { width, height } = frame.size;
  const gain = random.between(3650, 4250);
  const offset = random.between(150, 420);
  const response = responseCurve(random.between(0.9, 1.12));
  const noise = random.between(0.006, 0.014);
  const pixels = new Uint16Array(width * height);
  let state = random.bits() | 1;
  for (let i = 0; i < pixels.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const dense = max(0, density.data[i]!);
    const bell = ((state & 0x3ff) + ((state >>> 10) & 0x3ff) + ((state >>> 20) & 0x3ff) - 1534.5) / 512;
    const value =
      response[min(RESPONSE_STEPS - 1, dense * RESPONSE_SCALE) | 0]! + noise * (0.55 + dense) * bell;
    pixels[i] = max(0, min(PIXEL_MAX, offset + gain * value));
  }
  drawMarker(frame, pixels, random);
  if (random.chance(0.35)) collimate(frame, pixels, random);
  const exposure = {
    kilovoltPeak: random.integer(100, 130),
    milliampereSeconds: round(random.between(1.5, 5) * 10) / 10,
    windowCenter: round(offset + gain * random.between(0.41, 0.46)),
    windowWidth: round(gain * random.between(0.74, 0.9)),
  };
  return { pixels, exposure };
}

const RESPONSE_STEPS = 8192;
/** Steps per unit of attenuation; nothing in a phantom attenuates more than 2. */
const RESPONSE_SCALE = 4096;

/** The detector's response to attenuation, tabulated because a power per pixel is slow. */
function responseCurve(power: number): Float32Array {
  return Float32Array.from({ length: RESPONSE_STEPS }, (_, i) => pow((i + 0.5) / RESPONSE_SCALE, power));
}

/** Mixes in a wide blur of the image, as scattered radiation does; the blur is computed at a quarter of the size. */
function addScatter(density: Region, frame: Frame, share: number): void {
  const step = 4;
  const width = ceil(density.width / step);
  const height = ceil(density.height / step);
  const small: Region = { left: 0, top: 0, width, height, data: new Float32Array(width * height) };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++)
      small.data[y * width + x] = density.data[y * step * density.width + x * step]!;
  }
  blur(small, (0.06 * frame.scale) / step);
  for (let y = 0; y < density.height; y++) {
    const gy = min(height - 1.001, max(0, y / step));
    const row = floor(gy) * width;
    const fy = height > 1 ? gy - floor(gy) : 0;
    for (let x = 0; x < density.width; x++) {
      const gx = min(width - 1.001, max(0, x / step));
      const at = row + floor(gx);
      const fx = gx - floor(gx);
      const upper = small.data[at]! + fx * (small.data[at + 1]! - small.data[at]!);
      const lower = small.data[at + width]! + fx * (small.data[at + width + 1]! - small.data[at + width]!);
      const value = density.data[y * density.width + x]!;
      density.data[y * density.width + x] = value + share * (upper + fy * (lower - upper) - value);
    }
  }
}

/** The letters R and L as 5 × 7 blocks, one string a row. */
const LETTERS = {
  R: ['1111.', '1...1', '1...1', '1111.', '1.1..', '1..1.', '1...1'],
  L: ['1....', '1....', '1....', '1....', '1....', '1....', '11111'],
};

/** A lead side marker in an upper corner: R on the left of the film, L on the right. */
function drawMarker(frame: Frame, pixels: Uint16Array, random: Random): void {
  if (!random.chance(0.7)) return;
  const { width, height } = frame.size;
  const letter = random.pick(['R', 'L'] as const);
  const block = max(1, round(min(width, height) * random.between(0.005, 0.0075)));
  const x0 = round(width * (letter === 'R' ? random.between(0.03, 0.1) : random.between(0.86, 0.92)));
  const y0 = round(height * random.between(0.03, 0.09));
  const level = PIXEL_MAX * random.between(0.9, 1);
  LETTERS[letter].forEach((line, row) => {
    for (let column = 0; column < line.length; column++) {
      if (line[column] !== '1') continue;
      for (let y = y0 + row * block; y < min(height, y0 + (row + 1) * block); y++) {
        pixels.fill(
          level,
          y * width + x0 + column * block,
          y * width + min(width, x0 + (column + 1) * block),
        );
      }
    }
  });
}

/** Blackens what lies outside a slightly turned rectangle near the border. */
function collimate(frame: Frame, pixels: Uint16Array, random: Random): void {
  const { width, height } = frame.size;
  const side = min(width, height);
  const inset = (): number => random.between(-0.01, 0.022) * side;
  const field = fillPolygon(frame.size, [
    { x: inset(), y: inset() },
    { x: width - inset(), y: inset() },
    { x: width - inset(), y: height - inset() },
    { x: inset(), y: height - inset() },
  ]);
  const { left, top } = field;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const inside = x >= left && y >= top && x < left + field.width && y < top + field.height;
      const open = inside ? min(1, field.data[(y - top) * field.width + x - left]!) : 0;
      if (open < 1) pixels[y * width + x] = pixels[y * width + x]! * open;
    }
  }
}

/** One pixel value as it is shown, 0..255, through DICOM's linear window. */
export function windowLevel(value: number, center: number, width: number): number {
  const shown = ((value - (center - 0.5)) / (width - 1) + 0.5) * 255;
  return max(0, min(255, round(shown)));
}
