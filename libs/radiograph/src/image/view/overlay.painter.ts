import type { Box } from '../../finding/box';
import { FINDING_CLASSES } from '../../finding/finding-class';
import type { GrayImage } from '../gray-image';
import { sharp } from '../raster/sharp.loader';
import { GLYPH_HEIGHT, GLYPH_WIDTH, glyphOf } from './pixel-font';

/** What is drawn: a class name, a confidence from 0 to 1 and a box in pixels of the image. */
export interface OverlayFinding {
  readonly label: string;
  readonly confidence: number;
  readonly box: Box;
}

type Colour = readonly [red: number, green: number, blue: number];

/** One RGB canvas and the measures that follow from its size. */
interface Canvas {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
  /** Width of a box's line, in pixels. */
  readonly line: number;
  /** Pixels of one dot of the font. */
  readonly dot: number;
}

const BLACK: Colour = [0, 0, 0];
const WHITE: Colour = [255, 255, 255];

/**
 * Draws findings onto the image and returns an RGB PNG of the same size: one colour a class, the same in every image,
 * line and letters growing with the image so that they stay readable when it is shown small. Weak findings are drawn
 * first, so that the strongest label lies on top. Boxes are clipped to the image; the input is left alone.
 */
export async function drawOverlay(
  image: GrayImage,
  findings: readonly OverlayFinding[],
): Promise<Uint8Array> {
  const canvas = canvasOf(image);
  const ordered = [...findings].sort((a, b) => a.confidence - b.confidence);
  for (const { label, box } of ordered) strokeBox(canvas, box, colourOf(label));
  for (const finding of ordered) drawLabel(canvas, finding);
  const raw = { width: image.width, height: image.height, channels: 3 as const };
  return sharp(canvas.rgb, { raw }).png({ compressionLevel: 3 }).toBuffer();
}

/** Colour of a class: hues a golden angle apart; unknown labels by their text. */
export function colourOf(label: string): Colour {
  const known = (FINDING_CLASSES as readonly string[]).indexOf(label);
  const index = known >= 0 ? known : [...label].reduce((sum, character) => sum + character.charCodeAt(0), 14);
  const hue = (index * 137.508 + 50) % 360;
  const channel = (offset: number): number => {
    const k = (offset + hue / 30) % 12;
    return Math.round(255 * (0.62 - 0.38 * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}

function canvasOf({ width, height, pixels }: GrayImage): Canvas {
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0, at = 0; i < pixels.length; i++) {
    rgb[at++] = pixels[i];
    rgb[at++] = pixels[i];
    rgb[at++] = pixels[i];
  }
  const shorter = Math.min(width, height);
  return {
    width,
    height,
    rgb,
    line: Math.max(1, Math.round(shorter / 300)),
    dot: Math.max(1, Math.round(shorter / 450)),
  };
}

function strokeBox(canvas: Canvas, box: Box, colour: Colour): void {
  const left = Math.round(box.xMin);
  const top = Math.round(box.yMin);
  const right = Math.max(left + 1, Math.round(box.xMax));
  const bottom = Math.max(top + 1, Math.round(box.yMax));
  const line = Math.min(canvas.line, right - left, bottom - top);
  fillRectangle(canvas, left, top, right, top + line, colour);
  fillRectangle(canvas, left, bottom - line, right, bottom, colour);
  fillRectangle(canvas, left, top, left + line, bottom, colour);
  fillRectangle(canvas, right - line, top, right, bottom, colour);
}

/** Label and percent on a plate of the class's colour, above the box or, without room there, inside its top. */
function drawLabel(canvas: Canvas, { label, confidence, box }: OverlayFinding): void {
  const text = `${label} ${Math.round(confidence * 100)}%`;
  const { dot } = canvas;
  const plateWidth = (text.length * (GLYPH_WIDTH + 1) + 3) * dot;
  const plateHeight = (GLYPH_HEIGHT + 4) * dot;
  const left = Math.max(0, Math.min(Math.round(box.xMin), canvas.width - plateWidth));
  const above = Math.round(box.yMin) - plateHeight;
  const top = Math.max(0, Math.min(above >= 0 ? above : Math.round(box.yMin), canvas.height - plateHeight));
  const colour = colourOf(label);
  // BT.601 luma decides which ink stands out.
  const ink = colour[0] * 0.299 + colour[1] * 0.587 + colour[2] * 0.114 > 120 ? BLACK : WHITE;
  fillRectangle(canvas, left, top, left + plateWidth, top + plateHeight, colour);
  [...text].forEach((character, index) => {
    drawGlyph(canvas, character, left + (2 + index * (GLYPH_WIDTH + 1)) * dot, top + 2 * dot, ink);
  });
}

function drawGlyph(canvas: Canvas, character: string, left: number, top: number, ink: Colour): void {
  const { dot } = canvas;
  glyphOf(character).forEach((row, y) => {
    for (let x = 0; x < GLYPH_WIDTH; x++) {
      if (row[x] !== '#') continue;
      fillRectangle(canvas, left + x * dot, top + y * dot, left + (x + 1) * dot, top + (y + 1) * dot, ink);
    }
  });
}

/** Fills from `left`, `top` up to and without `right`, `bottom`, clipped to the canvas. */
function fillRectangle(
  canvas: Canvas,
  left: number,
  top: number,
  right: number,
  bottom: number,
  colour: Colour,
): void {
  const from = Math.max(0, left);
  const to = Math.min(canvas.width, right);
  for (let y = Math.max(0, top); y < Math.min(canvas.height, bottom); y++) {
    for (let at = (y * canvas.width + from) * 3; at < (y * canvas.width + to) * 3; at += 3) {
      canvas.rgb[at] = colour[0];
      canvas.rgb[at + 1] = colour[1];
      canvas.rgb[at + 2] = colour[2];
    }
  }
}
