import type { Prediction } from '../api/prediction';
import type { Study } from '../worklist/worklist';
import { announcementFor } from './announcement';

const study = (state: Study['state']): Study => ({ key: 1, fileName: 'a.png', bytes: 1, state });
const prediction = {
  id: 'p',
  predictions: [{}, {}],
  review_flag: { flagged: true },
} as unknown as Prediction;

it('does not repeat itself with every byte', () => {
  const at = (fraction: number) => announcementFor([study({ is: 'uploading', fraction })], null);
  expect(at(0.1)).toBe('Uploading a.png');
  expect(at(0.9)).toBe(at(0.1));
});

it('says what is open, and whether it is flagged', () => {
  expect(announcementFor([study({ is: 'reading' })], prediction)).toBe('Reading a.png');
  expect(announcementFor([], prediction)).toBe('Reading open: 2 findings reported, flagged for review');
  expect(announcementFor([], null)).toBe('');
});
