import type { Prediction } from '../api/prediction';
import { confidenceText, findingsOf } from './finding';

const prediction = {
  predictions: [
    { class: 'Nodule/Mass', confidence: 0.31, bbox: [0.1, 0.2, 0.3, 0.5] },
    { class: 'Cardiomegaly', confidence: 0.92, bbox: [-0.1, 0.4, 1.2, 0.9] },
  ],
} as unknown as Prediction;

describe('findingsOf', () => {
  it('numbers findings by confidence and keeps their place in the answer as id', () => {
    const findings = findingsOf(prediction);
    expect(findings.map(({ className, number, id }) => [className, number, id])).toEqual([
      ['Cardiomegaly', 1, 1],
      ['Nodule/Mass', 2, 0],
    ]);
  });

  it('turns corners into a rectangle on the image', () => {
    const [clipped, inside] = findingsOf(prediction);
    expect(inside?.box.width).toBeCloseTo(0.2);
    expect(inside?.box.height).toBeCloseTo(0.3);
    expect(clipped?.box).toEqual({ x: 0, y: 0.4, width: 1, height: 0.5 });
  });
});

describe('confidenceText', () => {
  it.each([
    [0.249, '0.24'],
    [0.25, '0.25'],
    [0.29, '0.29'],
    [0.999, '0.99'],
    [1, '1.00'],
    [0, '0.00'],
  ])('writes %d as %s', (confidence, text) => expect(confidenceText(confidence)).toBe(text));
});
