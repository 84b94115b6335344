import fc from 'fast-check';
import { agreementOf, ClassedBox } from './box-agreement';

const finding = (overrides: Partial<ClassedBox> = {}): ClassedBox => ({
  class: 'Cardiomegaly',
  box: { xMin: 0, yMin: 0, xMax: 10, yMax: 10 },
  ...overrides,
});
// A small grid makes equal overlaps frequent, which is where greedy matching can go astray.
const grid = fc.integer({ min: 0, max: 6 });
const side = fc.integer({ min: 1, max: 4 });
const anyFinding = fc.tuple(fc.constantFrom('Nodule/Mass', 'ILD'), grid, grid, side, side).map(
  ([name, x, y, width, height]): ClassedBox => ({
    class: name,
    box: { xMin: x, yMin: y, xMax: x + width, yMax: y + height },
  }),
);
const findings = fc.array(anyFinding, { maxLength: 12 });
const threshold = fc.constantFrom(0.1, 0.25, 0.4, 0.5);

describe('agreementOf', () => {
  it('matches boxes of one class that overlap enough', () => {
    const shifted = finding({ box: { xMin: 2, yMin: 0, xMax: 12, yMax: 10 } }); // IoU 2/3
    expect(agreementOf([finding()], [shifted], 0.5).score).toBe(1);
    expect(agreementOf([finding()], [shifted], 0.7)).toEqual({
      matched: 0,
      onlyFirst: 1,
      onlySecond: 1,
      score: 0,
    });
  });

  it('never matches boxes of two classes', () => {
    expect(agreementOf([finding()], [finding({ class: 'ILD' })], 0.1).score).toBe(0);
  });

  it('lets a box match one box only', () => {
    const { matched, score } = agreementOf([finding()], [finding(), finding()], 0.4);
    expect([matched, score]).toEqual([1, 2 / 3]);
  });

  it('is full where neither found anything, and none where one of them did', () => {
    expect(agreementOf([], [], 0.4).score).toBe(1);
    expect(agreementOf([finding()], [], 0.4).score).toBe(0);
  });

  it('is symmetric, and the order of findings does not matter', () => {
    fc.assert(
      fc.property(findings, findings, threshold, (a, b, iou) => {
        const agreement = agreementOf(a, b, iou);
        const mirrored = agreementOf(b, a, iou);
        expect([mirrored.score, mirrored.onlyFirst]).toEqual([agreement.score, agreement.onlySecond]);
        expect(agreementOf(a.toReversed(), b.toReversed(), iou)).toEqual(agreement);
      }),
      { numRuns: 500 },
    );
  });

  it('is within 0..1, 1 with itself, counts every finding once, and falls as more overlap is asked for', () => {
    fc.assert(
      fc.property(findings, findings, (a, b) => {
        const { matched, onlyFirst, onlySecond, score } = agreementOf(a, b, 0.4);
        expect([matched + onlyFirst, matched + onlySecond]).toEqual([a.length, b.length]);
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(1);
        expect(agreementOf(a, a, 0.4).score).toBe(1);
        expect(agreementOf(a, b, 0.999).score).toBeLessThanOrEqual(score);
      }),
    );
  });
});
