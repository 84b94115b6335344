import { markOf } from './finding-mark';

const classes = [
  'Aortic enlargement',
  'Atelectasis',
  'Calcification',
  'Cardiomegaly',
  'Consolidation',
  'ILD',
  'Infiltration',
  'Lung Opacity',
  'Nodule/Mass',
  'Other lesion',
  'Pleural effusion',
  'Pleural thickening',
  'Pneumothorax',
  'Pulmonary fibrosis',
];

function luminance(colour: string): number {
  const channel = (at: number) => {
    const value = parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}

it('gives each of the fourteen classes a mark of its own', () => {
  const marks = new Set(classes.map((name) => JSON.stringify(markOf(name))));
  expect(marks.size).toBe(14);
});

it.each(classes)('%s has 7:1 contrast on black film', (name) => {
  expect((luminance(markOf(name).colour) + 0.05) / 0.05).toBeGreaterThanOrEqual(7);
});

it('gives an unknown class the same mark each time, also one named like an object member', () => {
  expect(markOf('Rib fracture')).toEqual(markOf('Rib fracture'));
  expect(markOf('constructor').colour).toMatch(/^#/);
});
