/**
 * An axis-aligned rectangle in pixels of the image it belongs to: `xMin ≤ x < xMax`, origin at the
 * top-left corner, y pointing down. Edges are continuous coordinates (pixel i spans [i, i + 1]).
 */
export interface Box {
  readonly xMin: number;
  readonly yMin: number;
  readonly xMax: number;
  readonly yMax: number;
}

/** A box as fractions of image width and height, `[x_min, y_min, x_max, y_max]`, each in 0..1. */
export type NormalisedBox = readonly [xMin: number, yMin: number, xMax: number, yMax: number];

/** Area in square pixels; 0 for a box whose edges are crossed. */
export function boxArea(box: Box): number {
  return Math.max(0, box.xMax - box.xMin) * Math.max(0, box.yMax - box.yMin);
}

/** Intersection over union, 0..1; 0 when both boxes are empty. */
export function intersectionOverUnion(a: Box, b: Box): number {
  const intersection = boxArea({
    xMin: Math.max(a.xMin, b.xMin),
    yMin: Math.max(a.yMin, b.yMin),
    xMax: Math.min(a.xMax, b.xMax),
    yMax: Math.min(a.yMax, b.yMax),
  });
  const union = boxArea(a) + boxArea(b) - intersection;
  return union > 0 ? intersection / union : 0;
}

/** The part of `box` that lies on an image of `width` × `height` pixels. */
export function clampBox(box: Box, width: number, height: number): Box {
  return {
    xMin: clamp(box.xMin, width),
    yMin: clamp(box.yMin, height),
    xMax: clamp(box.xMax, width),
    yMax: clamp(box.yMax, height),
  };
}

/** Expresses a box as fractions of an image of `width` × `height` pixels; both must be positive. */
export function normaliseBox(box: Box, width: number, height: number): NormalisedBox {
  return [box.xMin / width, box.yMin / height, box.xMax / width, box.yMax / height];
}

/** Inverse of {@link normaliseBox}. */
export function denormaliseBox([xMin, yMin, xMax, yMax]: NormalisedBox, width: number, height: number): Box {
  return { xMin: xMin * width, yMin: yMin * height, xMax: xMax * width, yMax: yMax * height };
}

function clamp(value: number, max: number): number {
  return Math.min(Math.max(value, 0), max);
}
