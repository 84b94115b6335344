import { InvalidModelConfigError } from './errors';
import { parseModelConfig } from './model-config';
import { QueueRules, ResolvedQueueRules } from './scheduling/queue-rules';

const queueOf = (...lines: string[]): QueueRules | undefined =>
  parseModelConfig(`serving:\n${lines.map((line) => `  ${line}\n`).join('')}`).serving.queue;

describe('queue settings of model_config.yaml', () => {
  it('are none when the file has none', () => {
    expect(queueOf('max_batch_size: 8')).toBeUndefined();
  });

  it('are read by the names they have in Triton', () => {
    const queue = queueOf(
      'priority_levels: 2',
      'default_priority_level: 1',
      'default_queue_policy: { max_queue_size: 10, default_timeout_microseconds: 1500 }',
      'priority_queue_policy: { 2: { timeout_action: DELAY, default_timeout_microseconds: 50000, allow_timeout_override: false } }',
    );
    const rules = new ResolvedQueueRules(queue);
    expect([rules.priorityLevels, rules.levelOf(), rules.maxQueueSizeOf(1), rules.maxQueueSizeOf(2)]).toEqual(
      [2, 1, 10, Infinity],
    );
    expect(rules.timeoutOf(1)).toEqual({ afterMs: 1.5, action: 'reject' });
    expect(rules.timeoutOf(2, 1)).toEqual({ afterMs: 50, action: 'delay' });
  });

  it('take 0 for no limit, as there', () => {
    const queue = queueOf(
      'priority_levels: 0',
      'default_queue_policy: { max_queue_size: 0, default_timeout_microseconds: 0 }',
    );
    const rules = new ResolvedQueueRules(queue);
    expect([rules.priorityLevels, rules.maxQueueSizeOf(1), rules.timeoutOf(1)]).toEqual([
      3,
      Infinity,
      undefined,
    ]);
  });

  it('preserve the ordering', () => {
    expect(new ResolvedQueueRules(queueOf('preserve_ordering: true'))).toMatchObject({
      preserveOrdering: true,
      priorityLevels: 1,
    });
  });

  it.each([
    ['preserve_ordering: maybe', 'serving.preserve_ordering'],
    ['priority_levels: -1', 'serving.priority_levels'],
    ['default_priority_level: 9', 'serving.default_priority_level'],
    ['preserve_ordering: true\n  priority_levels: 2', 'serving.priority_levels'],
    ['default_queue_policy: { timeout_action: WAIT }', 'serving.default_queue_policy.timeout_action'],
    ['priority_queue_policy: { 1: { max_queue_size: x } }', 'serving.priority_queue_policy.1.max_queue_size'],
    ['priority_queue_policy: { 7: {} }', 'serving.priority_queue_policy'],
    ['priority_queue_policy: 3', 'serving.priority_queue_policy'],
  ])('are refused with their path: %s', (line, path) => {
    const reading = (): unknown => queueOf(line);
    expect(reading).toThrow(InvalidModelConfigError);
    expect(reading).toThrow(expect.objectContaining({ details: expect.objectContaining({ path }) }));
  });
});
