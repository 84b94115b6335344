import { fitViewport, panViewport, percentText, wheelFactor, zoomViewport } from './viewport';

const image = { width: 2000, height: 2500 };
const stage = { width: 824, height: 624 };

describe('fitViewport', () => {
  it('shows the whole image in the middle', () => {
    expect(fitViewport(image, stage)).toEqual({ scale: 0.24, x: 172, y: 12 });
  });

  it('survives a stage that has no size yet', () => {
    expect(fitViewport(image, { width: 0, height: 0 }).scale).toBeGreaterThan(0);
  });
});

describe('zoomViewport', () => {
  it('keeps the point under the cursor where it is', () => {
    const before = fitViewport(image, stage);
    const at = { x: 400, y: 300 };
    const after = zoomViewport(before, 2, at, image, stage);
    expect(after.scale).toBeCloseTo(0.48);
    expect((at.x - after.x) / after.scale).toBeCloseTo((at.x - before.x) / before.scale);
    expect((at.y - after.y) / after.scale).toBeCloseTo((at.y - before.y) / before.scale);
  });

  it('stops at both ends', () => {
    const start = fitViewport(image, stage);
    expect(zoomViewport(start, 1e6, { x: 0, y: 0 }, image, stage).scale).toBe(16);
    expect(zoomViewport(start, 1e-6, { x: 0, y: 0 }, image, stage).scale).toBeCloseTo(0.12);
  });
});

it('cannot pan the image off the stage', () => {
  const start = fitViewport(image, stage);
  expect(panViewport(start, { x: 1e5, y: 1e5 }, image, stage)).toMatchObject({ x: 760, y: 560 });
  const left = panViewport(start, { x: -1e5, y: 0 }, image, stage);
  expect(left.x + image.width * left.scale).toBeCloseTo(64);
});

it('turns wheels of every kind into moderate factors', () => {
  expect(wheelFactor(-100, 0)).toBeCloseTo(1.197, 2);
  expect(wheelFactor(-3, 1)).toBeGreaterThan(1);
  expect(wheelFactor(1e9, 2)).toBeGreaterThan(0.6);
  expect(wheelFactor(100, 0) * wheelFactor(-100, 0)).toBeCloseTo(1);
});

it('writes the scale as a percentage', () => {
  expect(percentText({ scale: 0.2449, x: 0, y: 0 })).toBe('24 %');
});
