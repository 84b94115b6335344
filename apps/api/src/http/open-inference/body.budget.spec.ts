import * as fc from 'fast-check';
import { BodyBudget } from './body.budget';

describe('BodyBudget', () => {
  it('refuses what does not fit beside others, with a time to come back', () => {
    const budget = new BodyBudget(10);
    const release = budget.reserve(6);
    budget.reserve(4);
    expect(() => budget.reserve(1)).toThrow(
      expect.objectContaining({ kind: 'unavailable', retryAfterSeconds: 1 }),
    );
    release();
    expect(budget.heldBytes).toBe(4);
    budget.reserve(6);
  });

  it('takes one body larger than itself when there is no other', () => {
    const budget = new BodyBudget(10);
    budget.reserve(11)();
    budget.reserve(11);
    expect(() => budget.reserve(0)).toThrow();
  });

  it('holds what was reserved and not yet given back, each once', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat({ max: 20 }), fc.boolean())), (bodies) => {
        const budget = new BodyBudget(50);
        let expected = 0;
        const releases: (() => void)[] = [];
        for (const [bytes, giveBack] of bodies) {
          try {
            const release = budget.reserve(bytes);
            if (giveBack) release();
            else expected += bytes;
            releases.push(release);
          } catch {
            expect(expected + bytes).toBeGreaterThan(50);
          }
          expect(budget.heldBytes).toBe(expected);
        }
        for (const release of [...releases, ...releases]) release();
        expect(budget.heldBytes).toBe(0);
      }),
    );
  });
});
