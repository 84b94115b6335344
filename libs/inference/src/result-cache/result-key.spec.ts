import { modelDescription } from '../testing';
import { fingerprintOf, RunningConditions, wordOf } from './result-key';

const conditions: RunningConditions = { device: 'cpu', arithmetic: '1.30.0', rules: {} };
const own = fingerprintOf(modelDescription(), conditions);

describe('fingerprintOf', () => {
  it('is 32 hexadecimal digits', () => expect(own).toMatch(/^[0-9a-f]{32}$/));

  it.each([
    ['input size', modelDescription({ inputWidth: 320 })],
    ['normalisation', modelDescription({ normalisation: 'imagenet' })],
    ['layout', modelDescription({ layout: 'yolox' })],
    ['box encoding', modelDescription({ boxEncoding: 'grid' })],
    ['number of classes', modelDescription({ classes: ['a'] })],
    ['channels', modelDescription({ channels: 1 })],
  ])('changes with the %s', (_, model) => expect(fingerprintOf(model, conditions)).not.toBe(own));

  it.each<[string, Partial<RunningConditions>]>([
    ['device', { device: 'cuda' }],
    ['prepared graph', { arithmetic: '1.30.0+cut-head' }],
    ['limits of images', { rules: { limits: { maxPixels: 5, maxBytes: 5 } } }],
    ['gate', { rules: { projection: { minPatientAgeYears: 18 } } }],
  ])('changes with the %s', (_, change) =>
    expect(fingerprintOf(modelDescription(), { ...conditions, ...change })).not.toBe(own),
  );

  it('does not change with what is applied afterwards, names, or the order of rules', () => {
    const others = modelDescription({
      perClassThresholds: new Array<number>(14).fill(0.9), iouThreshold: 0.1, name: 'other', version: '9',
    }); // prettier-ignore
    expect(fingerprintOf(others, conditions)).toBe(own);
    const [one, other] = [
      { limits: { maxPixels: 1, maxBytes: 2 } },
      { projection: undefined, limits: { maxBytes: 2, maxPixels: 1 } },
    ].map((rules) => fingerprintOf(modelDescription(), { ...conditions, rules }));
    expect(one).toBe(other);
  });
});

describe('wordOf', () => {
  it('begins with the model, so that one model can be forgotten', () => {
    expect(wordOf({ modelSha256: 'aa', fingerprint: 'ff', imageSha256: 'bb' })).toBe('aa:ff:bb');
  });
});
