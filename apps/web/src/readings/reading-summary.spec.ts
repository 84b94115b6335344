import type { Prediction } from '../api/prediction';
import { momentText, provenanceOf, readingSummary } from './reading-summary';

const prediction = (confidences: number[]) =>
  ({
    predictions: confidences.map((confidence) => ({ class: 'ILD', confidence, bbox: [0, 0, 1, 1] })),
    model: { name: 'thorax-demo', version: '1.0.0' },
    image: { sha256: 'ab'.repeat(32), width: 1024, height: 768, source: 'dicom' },
    inference_time: 0.0871,
  }) as unknown as Prediction;

it('names the most confident finding and counts the others', () => {
  expect(readingSummary(prediction([]))).toBe('No findings reported');
  expect(readingSummary(prediction([0.4]))).toBe('ILD 0.40');
  expect(readingSummary(prediction([0.4, 0.9, 0.1]))).toBe('ILD 0.90 +2');
});

it('writes the day only when it is another day', () => {
  const now = new Date(2026, 10, 24, 18, 0);
  expect(momentText(new Date(2026, 10, 24, 9, 5).toISOString(), now)).toBe('09:05');
  expect(momentText(new Date(2026, 10, 23, 9, 5).toISOString(), now)).toMatch(/^23 Nov,? 09:05$/);
  expect(momentText('yesterday', now)).toBe('');
});

it('says where the numbers come from', () => {
  expect(provenanceOf(prediction([])).map(({ value }) => value)).toEqual([
    'thorax-demo v1.0.0',
    '87 ms',
    '1024 × 768 DICOM',
    'abababababab',
  ]);
});
