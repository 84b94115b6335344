import fc from 'fast-check';
import { posix } from 'node:path';
import { InvalidParameterError } from '../errors';
import { assertArtifactLocation, assertBatch, assertKey, TRACKING_LIMITS } from './tracking.rules';
import { LogBatch, Metric } from './tracking.types';

const batch = (parts: Partial<LogBatch>): LogBatch => ({ metrics: [], params: [], tags: [], ...parts });
const metric = (parts: Partial<Metric> = {}): Metric => ({
  key: 'loss',
  value: 1,
  timestampMs: 0,
  step: 0,
  ...parts,
});
const pairs = (count: number) => Array.from({ length: count }, (_, i) => ({ key: `k${i}`, value: 'v' }));

describe('assertKey', () => {
  it.each(['loss', 'val/metrics/mAP50-95', 'mlflow.runName', 'lr: 0', 'Größe', 'x'.repeat(250)])(
    'takes %p',
    (key) => expect(() => assertKey('metric', key)).not.toThrow(),
  );

  it.each(['', '.', '..', '../x', 'a/../b', '/a', 'a/', 'a//b', './a', 'a\nb', 'a;b', "a'", 'x'.repeat(251)])(
    'refuses %p',
    (key) => expect(() => assertKey('metric', key)).toThrow(InvalidParameterError),
  );

  it('takes no key that leaves a folder named after it', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '.', '/', ' ') }), (key) => {
        try {
          assertKey('param', key);
        } catch {
          return;
        }
        expect(posix.join('/root', key)).toBe(`/root/${key}`);
      }),
    );
  });
});

describe('assertBatch', () => {
  it('takes as much as MLflow’s limits allow', () => {
    const full = {
      params: pairs(100).map((pair) => ({ ...pair, value: 'v'.repeat(TRACKING_LIMITS.paramValueLength) })),
      tags: pairs(100),
      metrics: Array.from({ length: 800 }, () => metric({ value: NaN })),
    };
    expect(() => assertBatch(full)).not.toThrow();
  });

  it.each<[string, Partial<LogBatch>]>([
    ['1001 metrics', { metrics: Array.from({ length: 1001 }, () => metric()) }],
    ['101 params', { params: pairs(101) }],
    ['101 tags', { tags: pairs(101) }],
    ['1001 entities', { metrics: Array.from({ length: 801 }, () => metric()), params: pairs(100), tags: pairs(100) }],
    ['a param value of 6001 characters', { params: [{ key: 'a', value: 'x'.repeat(6001) }] }],
    ['a tag value of 8001 characters', { tags: [{ key: 'a', value: 'x'.repeat(8001) }] }],
    ['a time before 1970', { metrics: [metric({ timestampMs: -1 })] }],
  ])('refuses %s', (_, parts) => expect(() => assertBatch(batch(parts))).toThrow(InvalidParameterError)); // prettier-ignore
});

describe('assertArtifactLocation', () => {
  it.each(['mlflow-artifacts:/shared', 's3://bucket/runs', 'file:///data'])('takes %p', (uri) =>
    expect(() => assertArtifactLocation(uri)).not.toThrow(),
  );
  it.each(['runs:/abc/model', 'data/here', 's3://bucket/../other', 'mlflow-artifacts:/..'])(
    'refuses %p',
    (uri) => expect(() => assertArtifactLocation(uri)).toThrow(InvalidParameterError),
  );
});
