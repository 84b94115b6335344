import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { evidenceDocument, EvidenceDocument, SyntheticEvaluation } from '../testing/evidence.factory';
import { readEvidence } from './evaluation-evidence.reader';
import { judge } from './gate.judge';
import { GatePolicy } from './gate.policy';
import { readGatePolicy } from './gate-policy.reader';
import { gateReportMarkdown } from './gate.report.md';
import { seededRandom } from './statistics/random';

const text = readFileSync(join(__dirname, '../../policies/default-gate.yaml'), 'utf8');
const standard = readGatePolicy(text);
const policy: GatePolicy = {
  ...standard,
  bootstrap: { ...standard.bootstrap, resamples: 200 },
  calibration: { ...standard.calibration, minimumSupport: 100 },
};
const host = 'this host';

const evidence = (evaluation: Partial<SyntheticEvaluation> = {}, parts: Partial<EvidenceDocument> = {}) =>
  readEvidence(evidenceDocument(evaluation, parts), 'candidate');
const judged = (
  candidate = evidence(),
  incumbent: ReturnType<typeof evidence> | null = evidence(),
  rules = policy,
) => judge(rules, candidate, incumbent ?? undefined, { random: seededRandom('5eed'.repeat(8)), host });
const check = (report: ReturnType<typeof judged>, name: string, className?: string) =>
  report.checks.find((one) => one.name === name && one.class === className)!;

describe('judge', () => {
  it('passes a version that is the same as the incumbent, with differences of exactly 0', () => {
    const report = judged();
    expect(report).toMatchObject({
      decision: 'pass',
      approvalsRequired: 0,
      reasons: ['All 6 checks passed.'],
      testSet: { images: 400, patients: 400 },
    });
    expect(check(report, 'sensitivity', 'Pneumothorax')).toMatchObject({
      critical: true,
      compares: 'difference',
      value: 0,
      interval: { low: 0, high: 0 },
      limit: -0.03,
      support: 100,
      outcome: 'pass',
    });
  });

  it('fails a version that finds 15 % fewer, and says in which class', () => {
    const report = judged(evidence({ sensitivity: 0.75 }));
    expect(report.decision).toBe('fail');
    const lost = check(report, 'sensitivity', 'Pneumothorax');
    expect(lost.outcome).toBe('fail');
    expect(lost.interval!.high).toBeLessThan(0);
    expect(report.reasons.join(' ')).toMatch(
      /change in sensitivity for the critical class Pneumothorax \(-0\.\d+, interval -0\.\d+ to -0\.\d+\) is too low/,
    );
  });

  it('fails a critical class for a loss that another class may have', () => {
    const loss = { sensitivity: 0.88 };
    const report = judged(evidence({ ...loss, images: 2_000 }), evidence({ images: 2_000 }));
    expect(check(report, 'sensitivity', 'Pneumothorax').outcome).toBe('fail');
    expect(check(report, 'sensitivity', 'Nodule/Mass').outcome).toBe('pass');
  });

  it('concludes nothing from few truths', () => {
    const report = judged(evidence({ rarity: 20 }), evidence({ rarity: 20 }));
    expect(report).toMatchObject({ decision: 'needs-approval', approvalsRequired: 1 });
    expect(check(report, 'sensitivity', 'Pneumothorax')).toMatchObject({
      support: 20,
      outcome: 'not-enough-support',
      decides: 'needs-approval',
      reason: expect.stringContaining('20 truths, the policy asks for 30'),
    });
  });

  it('judges a first version by the minima of the policy', () => {
    expect(judged(evidence(), null)).toMatchObject({ decision: 'pass', incumbent: null });
    const weak = judged(evidence({ sensitivity: 0.5 }), null);
    expect(check(weak, 'sensitivity', 'Pneumothorax')).toMatchObject({
      compares: 'absolute',
      limit: 0.7,
      incumbent: null,
      outcome: 'fail',
    });
  });

  it('notices a critical class that was not evaluated', () => {
    const classes = ['Nodule/Mass'];
    const report = judged(evidence({ classes }), evidence({ classes }));
    expect(report.decision).toBe('needs-approval');
    expect(report.reasons).toContain('The critical class "Pneumothorax" was not evaluated.');
  });

  it('takes latency of this host only', () => {
    const latency = (where: string, ms: number) => ({
      latency: { host: where, samples_ms: new Array<number>(200).fill(ms) },
    });
    expect(check(judged(evidence({}, latency(host, 1_001))), 'latency-p95').outcome).toBe('fail');
    expect(check(judged(evidence({}, latency(host, 999))), 'latency-p95').outcome).toBe('pass');
    expect(check(judged(evidence({}, latency('another', 10))), 'latency-p95')).toMatchObject({
      outcome: 'not-enough-support',
      reason: expect.stringContaining('says nothing of this host'),
    });
    expect(check(judged(evidence({}, { latency: undefined })), 'latency-p95')).toMatchObject({
      support: 0,
      candidate: null,
    });
  });

  it('fails a version that is surer than it is right', () => {
    const document = evidenceDocument();
    for (const { findings } of document.images) {
      for (const one of findings) one.scores = one.scores.map(() => 0.99);
    }
    const wrong = readEvidence(document, 'candidate');
    expect(check(judged(wrong), 'calibration').value).toBeGreaterThan(0.15);
    expect(check(judged(wrong), 'calibration').outcome).toBe('fail');
  });

  it('may ask for a second person always', () => {
    const always = { ...policy, approvals: { required: 2, when: 'always' as const } };
    expect(judged(evidence(), evidence(), always)).toMatchObject({
      decision: 'needs-approval',
      approvalsRequired: 2,
    });
  });

  it('gives the same report for the same randomness, whatever the order of images', () => {
    const document = evidenceDocument({ sensitivity: 0.8 });
    document.images.reverse();
    expect(judged(readEvidence(document, 'candidate'))).toEqual(judged(evidence({ sensitivity: 0.8 })));
  });

  it('has wider intervals where what is missed is missed in few patients', () => {
    // Twenty patients of twenty images; of every second one all is missed.
    const document = evidenceDocument({ sensitivity: 1 });
    document.images.forEach((image, index) => {
      const patient = Math.floor(index / 20);
      image.patient = `patient ${patient}`;
      if (patient % 2 === 0) for (const one of image.findings) [one.scores, one.matched] = [[], []];
    });
    const width = (unit: 'image' | 'patient') => {
      const rules = { ...policy, bootstrap: { ...policy.bootstrap, unit } };
      const { low, high } = check(
        judged(readEvidence(document, 'candidate'), null, rules),
        'sensitivity',
        'Nodule/Mass',
      ).interval!;
      return high - low;
    };
    expect(width('patient')).toBeGreaterThan(1.5 * width('image'));
  });
});

describe('gateReportMarkdown', () => {
  it('is readable, and says what each number stands on', () => {
    const markdown = gateReportMarkdown(judged(evidence({ sensitivity: 0.75 })));
    expect(markdown).toMatch(/^# Gate of chest, version 1: FAIL\n/);
    expect(markdown).toContain('| Intervals | 95 %, 200 paired resamples by patient |');
    expect(markdown).toMatch(
      /\| sensitivity \| Pneumothorax \(critical\) \| 0\.\d{3} \| 0\.\d{3} \| -0\.\d{3} \| .* \| -0\.030 \| 100 \(≥ 30\) \| FAIL \|/,
    );
  });

  it('lets no name be markup', () => {
    const classes = ['<script>|', 'Pneumothorax'];
    const markdown = gateReportMarkdown(judged(evidence({ classes }), evidence({ classes })));
    expect(markdown).toContain('\\<script\\>\\|');
    expect(markdown).not.toContain('<script>');
  });
});
