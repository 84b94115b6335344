import { InvalidSchedulingRulesError } from '../errors';
import { QueueRules, ResolvedQueueRules } from './queue-rules';

describe('ResolvedQueueRules', () => {
  it('has three levels, 2 being the default, and no limits of its own', () => {
    const rules = new ResolvedQueueRules();
    expect([undefined, 0, 1, 2, 3, 4, 1.5, -1].map((priority) => rules.levelOf(priority))).toEqual([
      2, 2, 1, 2, 3, 2, 2, 2,
    ]);
    expect(rules.maxQueueSizeOf(1)).toBe(Infinity);
    expect(rules.timeoutOf(1)).toBeUndefined();
    expect(rules.timeoutOf(1, 50)).toEqual({ afterMs: 50, action: 'reject' });
  });

  it('lets levels differ, and requests shorten their time where they may', () => {
    const rules = new ResolvedQueueRules({
      queueTimeoutMs: 100,
      levels: {
        3: { maxQueueSize: 5, queueTimeoutMs: 900, timeoutAction: 'delay', allowTimeoutOverride: false },
      },
    });
    expect(rules.timeoutOf(1, 40)).toEqual({ afterMs: 40, action: 'reject' });
    expect(rules.timeoutOf(1, 400)).toEqual({ afterMs: 100, action: 'reject' });
    expect(rules.timeoutOf(3, 40)).toEqual({ afterMs: 900, action: 'delay' });
    expect([1, 3].map((level) => rules.maxQueueSizeOf(level))).toEqual([Infinity, 5]);
  });

  it('has one level where the ordering is preserved', () => {
    expect(new ResolvedQueueRules({ preserveOrdering: true }).levelOf(3)).toBe(1);
  });

  it.each<[string, QueueRules]>([
    ['several levels in one order', { preserveOrdering: true, priorityLevels: 2 }],
    ['no level', { priorityLevels: 0 }],
    ['a default beyond the last', { priorityLevels: 2, defaultPriorityLevel: 3 }],
    ['rules for a level that is not', { levels: { 4: {} } }],
    ['a negative queue', { maxQueueSize: -1 }],
    ['no time at all', { levels: { 1: { queueTimeoutMs: 0 } } }],
    ['no number', { levels: { 1: { maxQueueSize: NaN } } }],
  ])('refuses %s', (_, rules) => {
    expect(() => new ResolvedQueueRules(rules)).toThrow(InvalidSchedulingRulesError);
  });
});
