/** Where the image lies on the stage: `stage = image × scale + (x, y)`, in CSS pixels. */
export interface Viewport {
  scale: number;
  x: number;
  y: number;
}

export interface Size {
  width: number;
  height: number;
}

export interface Point {
  x: number;
  y: number;
}

/** The closest look: one image pixel over this many screen pixels. */
const CLOSEST = 16;

/** Of the image, this many screen pixels stay on the stage, so that it can never be lost. */
const KEPT_IN_VIEW = 64;

/** The whole image in the middle of the stage. */
export function fitViewport(image: Size, stage: Size, margin = 12): Viewport {
  const room = {
    width: Math.max(1, stage.width - 2 * margin),
    height: Math.max(1, stage.height - 2 * margin),
  };
  const scale = Math.min(room.width / image.width, room.height / image.height);
  return {
    scale,
    x: (stage.width - image.width * scale) / 2,
    y: (stage.height - image.height * scale) / 2,
  };
}

/** Zooms by a factor so that what is under `at` stays there. */
export function zoomViewport(
  viewport: Viewport,
  factor: number,
  at: Point,
  image: Size,
  stage: Size,
): Viewport {
  const smallest = Math.min(1, fitViewport(image, stage).scale) / 2;
  const scale = Math.min(CLOSEST, Math.max(smallest, viewport.scale * factor));
  const ratio = scale / viewport.scale;
  const moved = { scale, x: at.x - (at.x - viewport.x) * ratio, y: at.y - (at.y - viewport.y) * ratio };
  return holdInView(moved, image, stage);
}

export function panViewport(viewport: Viewport, by: Point, image: Size, stage: Size): Viewport {
  return holdInView({ ...viewport, x: viewport.x + by.x, y: viewport.y + by.y }, image, stage);
}

/** A wheel's turn as a zoom factor; lines and pages count as the pixels they usually are. */
export function wheelFactor(deltaY: number, deltaMode: number): number {
  const pixels = deltaY * (deltaMode === 1 ? 16 : deltaMode === 2 ? 400 : 1);
  return Math.exp(-Math.max(-240, Math.min(240, pixels)) * 0.0018);
}

/** 100 % is one image pixel on one CSS pixel. */
export function percentText(viewport: Viewport): string {
  return `${Math.round(viewport.scale * 100)} %`;
}

function holdInView(viewport: Viewport, image: Size, stage: Size): Viewport {
  return {
    scale: viewport.scale,
    x: between(KEPT_IN_VIEW - image.width * viewport.scale, viewport.x, stage.width - KEPT_IN_VIEW),
    y: between(KEPT_IN_VIEW - image.height * viewport.scale, viewport.y, stage.height - KEPT_IN_VIEW),
  };
}

function between(low: number, value: number, high: number): number {
  return Math.min(Math.max(low, high), Math.max(Math.min(low, high), value));
}
