import { InvalidSchedulingRulesError } from '../errors';

/** How one priority level queues; Triton's queue policy. */
export interface LevelRules {
  /** Requests of the level that may wait, ≥ 0; default: only the whole queue's limit counts. */
  readonly maxQueueSize?: number;
  /** Longest time in the queue, in milliseconds > 0; default: none but the request timeout. */
  readonly queueTimeoutMs?: number;
  /** What happens then: refused (default), or served after all others of the level. */
  readonly timeoutAction?: 'reject' | 'delay';
  /** Whether a request may ask for a shorter time than its level's; default true. */
  readonly allowTimeoutOverride?: boolean;
}

/** How requests queue. The fields of {@link LevelRules} hold for all levels that have none of their own. */
export interface QueueRules extends LevelRules {
  /** Levels, ≥ 1; default 3, or 1 with `preserveOrdering`. */
  readonly priorityLevels?: number;
  /** Level of requests that name none, 0 or one beyond the last; default 2, or the last if there are fewer. */
  readonly defaultPriorityLevel?: number;
  /** Rules by level, replacing the common ones. */
  readonly levels?: Readonly<Record<number, LevelRules>>;
  /** Answers leave in the order of acceptance; needs a single level. */
  readonly preserveOrdering?: boolean;
}

const DEFAULT_LEVELS = 3;
const DEFAULT_LEVEL = 2;

/** {@link QueueRules}, checked and with every default filled in. */
export class ResolvedQueueRules {
  readonly priorityLevels: number;
  readonly defaultPriorityLevel: number;
  readonly preserveOrdering: boolean;

  /** Throws {@link InvalidSchedulingRulesError}. */
  constructor(private readonly rules: QueueRules = {}) {
    this.preserveOrdering = rules.preserveOrdering ?? false;
    this.priorityLevels = rules.priorityLevels ?? (this.preserveOrdering ? 1 : DEFAULT_LEVELS);
    this.defaultPriorityLevel = rules.defaultPriorityLevel ?? Math.min(DEFAULT_LEVEL, this.priorityLevels);
    demand('priorityLevels', this.priorityLevels, isCount, 'a whole number ≥ 1');
    const within = (level: number): boolean => isCount(level) && level <= this.priorityLevels;
    demand('defaultPriorityLevel', this.defaultPriorityLevel, within, `1 to ${this.priorityLevels}`);
    if (this.preserveOrdering) {
      demand('priorityLevels', this.priorityLevels, (levels) => levels === 1, '1, to preserve the ordering');
    }
    for (const level of Object.keys(rules.levels ?? {})) {
      demand('levels', Number(level), within, `given for levels 1 to ${this.priorityLevels}`);
    }
    for (const level of [rules, ...Object.values(rules.levels ?? {})]) requireUsable(level);
  }

  /** The level of a request that asks for `priority`. */
  levelOf(priority = 0): number {
    return isCount(priority) && priority <= this.priorityLevels ? priority : this.defaultPriorityLevel;
  }

  maxQueueSizeOf(level: number): number {
    return this.rulesOf(level).maxQueueSize ?? Infinity;
  }

  /** What limits the time in the queue of a request that asks for `queueTimeoutMs`, if anything does. */
  timeoutOf(level: number, queueTimeoutMs = 0): { afterMs: number; action: 'reject' | 'delay' } | undefined {
    const {
      queueTimeoutMs: own = Infinity,
      timeoutAction = 'reject',
      allowTimeoutOverride = true,
    } = this.rulesOf(level);
    const asked = allowTimeoutOverride && queueTimeoutMs > 0 ? queueTimeoutMs : Infinity;
    const afterMs = Math.min(own, asked);
    return afterMs === Infinity ? undefined : { afterMs, action: timeoutAction };
  }

  private rulesOf(level: number): LevelRules {
    return this.rules.levels?.[level] ?? this.rules;
  }
}

function requireUsable({ maxQueueSize = 0, queueTimeoutMs = 1 }: LevelRules): void {
  demand('maxQueueSize', maxQueueSize, (size) => size >= 0, 'a number ≥ 0');
  demand('queueTimeoutMs', queueTimeoutMs, (time) => time > 0, 'milliseconds > 0');
}

function demand(rule: string, value: number, holds: (value: number) => boolean, expected: string): void {
  if (!holds(value)) throw new InvalidSchedulingRulesError({ rule, expected, got: String(value) });
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 1;
}
