import fc from 'fast-check';
import { isSettled, JobFacts, jobStateOf } from './prediction-job.state';

const facts = (overrides: Partial<JobFacts> = {}): JobFacts => ({
  total: 3,
  predicted: 0,
  failed: 0,
  startedAt: null,
  cancelledAt: null,
  ...overrides,
});
const now = new Date();

describe('jobStateOf', () => {
  it.each([
    ['queued', facts()],
    ['running', facts({ startedAt: now })],
    ['running', facts({ startedAt: now, predicted: 1, failed: 1 })],
    ['completed', facts({ startedAt: now, predicted: 2, failed: 1 })],
    ['cancelled', facts({ cancelledAt: now })],
    ['cancelled', facts({ startedAt: now, cancelledAt: now, predicted: 2 })],
    ['completed', facts({ startedAt: now, cancelledAt: now, predicted: 3 })],
  ])('is %s', (state, given) => {
    expect(jobStateOf(given)).toBe(state);
  });

  it('never leaves a settled state, whatever is counted afterwards', () => {
    const counts = fc.tuple(fc.nat(5), fc.nat(5), fc.nat(5)).map(([predicted, failed, waiting]) => ({
      predicted,
      failed,
      total: predicted + failed + waiting,
    }));
    fc.assert(
      fc.property(counts, fc.boolean(), fc.boolean(), (count, started, cancelled) => {
        const before = facts({
          ...count,
          startedAt: started ? now : null,
          cancelledAt: cancelled ? now : null,
        });
        if (!isSettled(jobStateOf(before))) return;
        expect(isSettled(jobStateOf({ ...before, startedAt: now, cancelledAt: now }))).toBe(true);
      }),
    );
  });
});
