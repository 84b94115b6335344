/** The grey values shown from black to white, on the 0..255 scale of the picture. */
export interface GreyWindow {
  width: number;
  level: number;
}

/** A straight line over normalised grey values: `out = slope × in + intercept`, clamped to 0..1. */
export interface GreyRamp {
  slope: number;
  intercept: number;
}

export const FULL_WINDOW: GreyWindow = { width: 255, level: 127.5 };

const NARROWEST = 16;
const WIDEST = 1020;
const LOWEST_LEVEL = -63.75;
const HIGHEST_LEVEL = 318.75;

/** Contrast doubles or halves every fifty steps of the slider. */
const STEPS_PER_DOUBLING = 50;
const LEVEL_PER_STEP = (HIGHEST_LEVEL - LOWEST_LEVEL) / 200;

export function windowRamp({ width, level }: GreyWindow, inverted: boolean): GreyRamp {
  const slope = 255 / width;
  const intercept = 0.5 - (level / 255) * slope;
  return inverted ? { slope: -slope, intercept: 1 - intercept } : { slope, intercept };
}

/** Brightness −100..100 for a slider: brighter is a lower level. */
export function brightnessOf({ level }: GreyWindow): number {
  return Math.round((FULL_WINDOW.level - level) / LEVEL_PER_STEP);
}

export function withBrightness(window: GreyWindow, brightness: number): GreyWindow {
  return limited({ ...window, level: FULL_WINDOW.level - brightness * LEVEL_PER_STEP });
}

/** Contrast −100..200 for a slider: more contrast is a narrower window. */
export function contrastOf({ width }: GreyWindow): number {
  return Math.round(Math.log2(FULL_WINDOW.width / width) * STEPS_PER_DOUBLING);
}

export function withContrast(window: GreyWindow, contrast: number): GreyWindow {
  return limited({ ...window, width: FULL_WINDOW.width / 2 ** (contrast / STEPS_PER_DOUBLING) });
}

/** The reader's right-drag: to the right widens the window, upwards brightens. Faster on wide windows. */
export function dragWindow(window: GreyWindow, dx: number, dy: number): GreyWindow {
  const pace = Math.max(0.25, window.width / 255);
  return limited({ width: window.width + dx * pace, level: window.level + dy * 0.5 * pace });
}

export function isFullWindow(window: GreyWindow): boolean {
  return window.width === FULL_WINDOW.width && window.level === FULL_WINDOW.level;
}

/** Level and width as the field writes them. */
export function windowText({ width, level }: GreyWindow): string {
  return `W ${Math.round(width)} L ${Math.round(level)}`;
}

function limited({ width, level }: GreyWindow): GreyWindow {
  return {
    width: Math.min(WIDEST, Math.max(NARROWEST, width)),
    level: Math.min(HIGHEST_LEVEL, Math.max(LOWEST_LEVEL, level)),
  };
}
