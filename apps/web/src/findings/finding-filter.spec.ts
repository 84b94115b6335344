import type { Finding } from './finding';
import {
  classesPresent,
  countText,
  isShown,
  stepFinding,
  stepMinimum,
  toggled,
  type FindingFilter,
} from './finding-filter';

const box = { x: 0, y: 0, width: 0.1, height: 0.1 };
const findings: Finding[] = [
  { id: 2, number: 1, className: 'Cardiomegaly', confidence: 0.9, box },
  { id: 0, number: 2, className: 'Nodule/Mass', confidence: 0.6, box },
  { id: 1, number: 3, className: 'Nodule/Mass', confidence: 0.25, box },
  { id: 3, number: 4, className: 'ILD', confidence: 0.1, box },
];
const everything: FindingFilter = {
  minimumConfidence: 0,
  hiddenClasses: new Set(),
  hiddenFindings: new Set(),
};
const shownIds = (filter: FindingFilter) => findings.filter((f) => isShown(f, filter)).map(({ id }) => id);

describe('isShown', () => {
  it('shows a finding exactly at the minimum', () => {
    expect(shownIds({ ...everything, minimumConfidence: 0.25 })).toEqual([2, 0, 1]);
  });

  it('hides a class or a single finding', () => {
    expect(shownIds({ ...everything, hiddenClasses: new Set(['Nodule/Mass']) })).toEqual([2, 3]);
    expect(shownIds({ ...everything, hiddenFindings: new Set([2]) })).toEqual([0, 1, 3]);
  });
});

it('counts classes at or above the minimum, hidden ones too, so that they can be brought back', () => {
  const filter = { ...everything, minimumConfidence: 0.2, hiddenClasses: new Set(['Cardiomegaly']) };
  expect(classesPresent(findings, filter)).toEqual([
    { className: 'Cardiomegaly', count: 1 },
    { className: 'Nodule/Mass', count: 2 },
  ]);
});

it('toggles without touching the set it was given', () => {
  const before = new Set([1]);
  expect([...toggled(before, 2)]).toEqual([1, 2]);
  expect([...toggled(before, 1)]).toEqual([]);
  expect([...before]).toEqual([1]);
});

describe('stepFinding', () => {
  it('walks round', () => {
    expect(stepFinding(findings, null, 1)).toBe(2);
    expect(stepFinding(findings, null, -1)).toBe(3);
    expect(stepFinding(findings, 3, 1)).toBe(2);
    expect(stepFinding(findings, 2, -1)).toBe(3);
    expect(stepFinding([], 2, 1)).toBeNull();
  });
});

it('steps the minimum in twentieths within 0..1', () => {
  expect(stepMinimum(0.25, 1)).toBe(0.3);
  expect(stepMinimum(0.02, -1)).toBe(0);
  expect(stepMinimum(0.98, 1)).toBe(1);
});

it.each([
  [0, 0, 'none reported'],
  [4, 4, '4 shown'],
  [3, 4, '3 shown · 1 hidden'],
  [0, 2, '0 shown · 2 hidden'],
])('writes %d of %d as "%s"', (shown, total, text) => expect(countText(shown, total)).toBe(text));
