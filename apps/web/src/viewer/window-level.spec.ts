import {
  brightnessOf,
  contrastOf,
  dragWindow,
  FULL_WINDOW,
  isFullWindow,
  windowRamp,
  windowText,
  withBrightness,
  withContrast,
} from './window-level';

const shown = (grey: number, ramp: { slope: number; intercept: number }) =>
  Math.min(1, Math.max(0, (grey / 255) * ramp.slope + ramp.intercept));

describe('windowRamp', () => {
  it('changes nothing at the full window', () => {
    expect(windowRamp(FULL_WINDOW, false)).toEqual({ slope: 1, intercept: 0 });
  });

  it('puts the window on black to white', () => {
    const ramp = windowRamp({ width: 100, level: 80 }, false);
    expect(shown(30, ramp)).toBeCloseTo(0);
    expect(shown(80, ramp)).toBeCloseTo(0.5);
    expect(shown(130, ramp)).toBeCloseTo(1);
    expect(shown(255, ramp)).toBe(1);
  });

  it('inverts what the window shows', () => {
    const window = { width: 100, level: 80 };
    for (const grey of [0, 40, 80, 111, 200]) {
      expect(shown(grey, windowRamp(window, true))).toBeCloseTo(1 - shown(grey, windowRamp(window, false)));
    }
  });
});

describe('sliders', () => {
  it('stand at zero for the full window and return what was set', () => {
    expect([brightnessOf(FULL_WINDOW), contrastOf(FULL_WINDOW)]).toEqual([0, 0]);
    for (const value of [-100, -37, 0, 5, 100]) {
      expect(brightnessOf(withBrightness(FULL_WINDOW, value))).toBe(value);
      expect(contrastOf(withContrast(FULL_WINDOW, value))).toBe(value);
    }
  });

  it('brighten by lowering the level and sharpen by narrowing the width', () => {
    expect(withBrightness(FULL_WINDOW, 20).level).toBeLessThan(FULL_WINDOW.level);
    expect(withContrast(FULL_WINDOW, 50).width).toBeCloseTo(127.5);
  });
});

describe('dragWindow', () => {
  it('widens to the right and brightens upwards', () => {
    const dragged = dragWindow(FULL_WINDOW, 10, -10);
    expect(dragged.width).toBeGreaterThan(FULL_WINDOW.width);
    expect(dragged.level).toBeLessThan(FULL_WINDOW.level);
    expect(isFullWindow(dragged)).toBe(false);
  });

  it('stays within limits', () => {
    expect(dragWindow(FULL_WINDOW, -1e6, -1e6)).toEqual({ width: 16, level: -63.75 });
    expect(dragWindow(FULL_WINDOW, 1e6, 1e6)).toEqual({ width: 1020, level: 318.75 });
  });
});

it('writes width and level', () => expect(windowText(FULL_WINDOW)).toBe('W 255 L 128'));
