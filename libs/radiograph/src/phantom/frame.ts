import type { Point, Size } from './canvas';
import type { Random } from './random';

/**
 * Where the patient stands in front of the detector: maps patient units to pixels.
 * Patient units: the origin is mid-thorax, y points to the feet, x to the patient's left (the right of the film),
 * and 1 is about the side of the film (43 cm).
 */
export class Frame {
  /** Pixels per patient unit. */
  readonly scale: number;
  readonly size: Size;
  private readonly cos: number;
  private readonly sin: number;
  private readonly originX: number;
  private readonly originY: number;

  /** @param stance turn in radians, shift in fractions of the film, zoom as a factor */
  constructor(size: Size, stance: { turn: number; shiftX: number; shiftY: number; zoom: number }) {
    const side = Math.min(size.width, size.height);
    this.size = size;
    this.scale = side * stance.zoom;
    this.cos = Math.cos(stance.turn) * this.scale;
    this.sin = Math.sin(stance.turn) * this.scale;
    this.originX = size.width / 2 + stance.shiftX * side;
    this.originY = size.height / 2 + stance.shiftY * side;
  }

  /** Somebody standing roughly straight and centred. */
  static random(size: Size, random: Random): Frame {
    return new Frame(size, {
      turn: 0.022 * random.bell(),
      shiftX: 0.014 * random.bell(),
      shiftY: 0.02 + 0.016 * random.bell(),
      zoom: 1.09 + 0.035 * random.bell(),
    });
  }

  /** A patient point in pixels. */
  pixel(x: number, y: number): Point {
    return { x: this.originX + x * this.cos - y * this.sin, y: this.originY + x * this.sin + y * this.cos };
  }

  /** Patient points in pixels. */
  pixels(points: readonly Point[]): Point[] {
    return points.map(({ x, y }) => this.pixel(x, y));
  }
}
