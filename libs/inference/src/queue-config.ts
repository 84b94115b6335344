import { Section, invalid } from './config-section';
import { InvalidSchedulingRulesError } from './errors';
import { LevelRules, QueueRules, ResolvedQueueRules } from './scheduling/queue-rules';

/** Keys of `serving` that are about the queue. */
export const QUEUE_KEYS = [
  'priority_levels',
  'default_priority_level',
  'preserve_ordering',
  'default_queue_policy',
  'priority_queue_policy',
] as const;

const KEY_OF_RULE: Readonly<Record<string, string>> = {
  priorityLevels: 'priority_levels',
  defaultPriorityLevel: 'default_priority_level',
  levels: 'priority_queue_policy',
};
const LEVEL_KEYS = [
  'max_queue_size',
  'default_timeout_microseconds',
  'timeout_action',
  'allow_timeout_override',
];
const MOST = 2 ** 31 - 1;

/**
 * Reads the queue settings of a model as Triton names them: `priority_levels`, `default_priority_level`,
 * `preserve_ordering`, `default_queue_policy: {max_queue_size, default_timeout_microseconds, timeout_action,
 * allow_timeout_override}` and the same by level under `priority_queue_policy`. A size or time of 0 is no limit, as
 * there. `undefined` when none of them is set. Throws `InvalidModelConfigError`.
 */
export function queueRulesOf(serving: Section): QueueRules | undefined {
  if (QUEUE_KEYS.every((key) => serving.values[key] === undefined)) return undefined;
  const rules: QueueRules = {
    priorityLevels: serving.integer('priority_levels', 0, MOST) || undefined,
    defaultPriorityLevel: serving.integer('default_priority_level', 0, MOST) || undefined,
    preserveOrdering: serving.boolean('preserve_ordering'),
    ...levelRulesOf(serving.section('default_queue_policy', LEVEL_KEYS)),
    levels: levelsOf(serving),
  };
  try {
    return new ResolvedQueueRules(rules) && rules;
  } catch (error) {
    if (!(error instanceof InvalidSchedulingRulesError)) throw error;
    const { rule, expected, got } = error.details;
    throw invalid(serving.at(KEY_OF_RULE[rule] ?? rule), expected, got);
  }
}

function levelsOf(serving: Section): Record<number, LevelRules> {
  const values = serving.values['priority_queue_policy'];
  const levels = Object.keys(values ?? {});
  const section = serving.section('priority_queue_policy', levels);
  return Object.fromEntries(levels.map((level) => [level, levelRulesOf(section.section(level, LEVEL_KEYS))]));
}

function levelRulesOf(policy: Section): LevelRules {
  const timeoutMicroseconds = policy.integer('default_timeout_microseconds', 0, Number.MAX_SAFE_INTEGER);
  return {
    maxQueueSize: policy.integer('max_queue_size', 0, MOST) || undefined,
    queueTimeoutMs: timeoutMicroseconds ? timeoutMicroseconds / 1000 : undefined,
    timeoutAction:
      policy.choice('timeout_action', ['REJECT', 'DELAY'] as const) === 'DELAY' ? 'delay' : 'reject',
    allowTimeoutOverride: policy.boolean('allow_timeout_override'),
  };
}
