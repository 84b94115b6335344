import type { Size } from './viewport';

const FONT_WEIGHT_AND_SIZE = '600 12px';
const PADDING = 7;
const HEIGHT = 20;

let pen: CanvasRenderingContext2D | null | undefined;

/** Room for a label's text in the font of the overlay. */
export function labelSize(text: string): Size {
  if (pen === undefined) {
    pen = document.createElement('canvas').getContext('2d');
    if (pen) pen.font = `${FONT_WEIGHT_AND_SIZE} ${getComputedStyle(document.body).fontFamily}`;
  }
  const textWidth = pen?.measureText(text).width ?? text.length * 7.5;
  return { width: Math.ceil(textWidth) + 2 * PADDING, height: HEIGHT };
}
