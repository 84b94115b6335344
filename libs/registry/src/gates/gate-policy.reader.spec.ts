import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { InvalidGatePolicyError } from './gate.errors';
import { rulesOf } from './gate.policy';
import { readGatePolicy } from './gate-policy.reader';

const text = readFileSync(join(__dirname, '../../policies/default-gate.yaml'), 'utf8');

/** The default policy with a value at a dotted path; undefined takes the key out. */
function policyWith(path: string, value: unknown): string {
  const document = parse(text) as Record<string, unknown>;
  const keys = path.split('.');
  let section = document;
  for (const key of keys.slice(0, -1)) section = (section[key] ??= {}) as Record<string, unknown>;
  if (value === undefined) delete section[keys.at(-1)!];
  else section[keys.at(-1)!] = value;
  return stringify(document);
}

describe('readGatePolicy', () => {
  it('reads the default policy and knows its digest', () => {
    const policy = readGatePolicy(text);
    expect(policy).toMatchObject({
      name: 'default',
      version: '1',
      sha256: createHash('sha256').update(text).digest('hex'),
      bootstrap: { resamples: 1000, confidence: 0.95, unit: 'patient' },
      criticalClasses: ['Pneumothorax'],
      approvals: { required: 1, when: 'needs-approval' },
    });
    expect(policy.testSetSha256).toBeUndefined();
  });

  it('is stricter with critical classes, and takes from every class what these do not say', () => {
    const policy = readGatePolicy(text);
    expect(rulesOf(policy, 'Pneumothorax')).toMatchObject({
      minimumSupport: 30,
      sensitivity: { margin: 0.03, maxRegression: 0.01, minimum: 0.7 },
      inconclusive: 'fail',
      notEnoughSupport: 'needs-approval',
    });
    expect(rulesOf(policy, 'Cardiomegaly')).toBe(policy.everyClass);
    expect(rulesOf(policy, 'constructor')).toBe(policy.everyClass);
  });

  it('lets the rules by name stand on those of critical classes', () => {
    const policy = readGatePolicy(policyWith('classes.by_name.Pneumothorax.sensitivity.minimum', 0.9));
    expect(rulesOf(policy, 'Pneumothorax')).toMatchObject({
      sensitivity: { margin: 0.03, minimum: 0.9 },
      inconclusive: 'fail',
    });
  });

  it.each<[string, unknown]>([
    ['name', undefined],
    ['version', 1],
    ['test_set_sha256', 'abc'],
    ['bootstrap.resamples', 99],
    ['bootstrap.resamples', 1e9],
    ['bootstrap.confidence', 95],
    ['bootstrap.unit', 'study'],
    ['average_precision_method', 'coco'],
    ['false_positives_per_image', 0],
    ['classes.every.minimum_support', 0],
    ['classes.every.sensitivity.margin', undefined],
    ['classes.every.sensitivity.margin', -0.1],
    ['classes.every.sensitivity.max_regression', 0.06],
    ['classes.every.inconclusive', 'pass'],
    ['classes.critical.names', []],
    ['classes.critical.names', ['a', 'a']],
    ['classes.by_name.Nodule', 'strict'],
    ['calibration.maximum', '.15'],
    ['latency.p95_budget_ms', Infinity],
    ['approvals.required', 0],
    ['approvals.whne', 'always'],
    ['thresholds', {}],
  ])('refuses a wrong %s (%j), and names it', (path, value) => {
    const read = () => readGatePolicy(policyWith(path, value));
    expect(read).toThrow(InvalidGatePolicyError);
    expect(read).toThrow(new RegExp(`${path.replaceAll('.', '\\.')} must be`));
  });

  it.each([
    ['no YAML', 'a: [', /valid YAML/],
    ['no mapping', '- a', /a mapping/],
    ['nothing', '', /a mapping/],
    ['too much', '#'.repeat(70_000), /at most 65536 characters/],
    ['aliases that multiply', billionLaughs(), /aliases|mapping|absent/],
  ])('refuses %s', (_, document, message) => {
    expect(() => readGatePolicy(document)).toThrow(InvalidGatePolicyError);
    expect(() => readGatePolicy(document)).toThrow(message);
  });
});

function billionLaughs(): string {
  const levels = Array.from({ length: 9 }, (_, level) =>
    level === 0 ? 'l0: &l0 [x, x]' : `l${level}: &l${level} [${`*l${level - 1}, `.repeat(9)}]`,
  );
  return levels.join('\n');
}
