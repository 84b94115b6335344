import { InvalidRolloutPlanError } from './rollout.errors';

/** One mapping of a plan, read with its path at hand so that errors can name it. Unknown keys are refused. */
export class PlanSection {
  private readonly values: Readonly<Record<string, unknown>>;

  constructor(
    value: unknown,
    private readonly path: string,
    known: readonly string[],
  ) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw invalidPlan(path || 'content', 'a mapping', value);
    }
    this.values = value as Record<string, unknown>;
    const unknown = Object.keys(value).find((key) => !known.includes(key));
    if (unknown !== undefined)
      throw invalidPlan(this.at(unknown.slice(0, 100)), `one of ${known.join(', ')}`, unknown);
  }

  has(key: string): boolean {
    return this.values[key] !== undefined && this.values[key] !== null;
  }

  section(key: string, known: readonly string[]): PlanSection {
    return new PlanSection(this.values[key] ?? {}, this.at(key), known);
  }

  /** Each element of a list of mappings, `min` of them at least. */
  list(key: string, known: readonly string[], min: number, max: number): PlanSection[] {
    const value = this.values[key];
    if (!Array.isArray(value) || value.length < min || value.length > max) {
      throw invalidPlan(this.at(key), `a list of ${min} to ${max}`, value);
    }
    return value.map((one, index) => new PlanSection(one, `${this.at(key)}[${index}]`, known));
  }

  /** A name of one line. */
  name(key: string): string {
    const value = this.values[key];
    if (typeof value !== 'string' || !/^[^\s\p{Cc}]([^\p{Cc}]{0,98}[^\s\p{Cc}])?$/u.test(value)) {
      throw invalidPlan(this.at(key), 'a text of one line, 1 to 100 characters', value);
    }
    return value;
  }

  number(key: string, min: number, max: number): number {
    const value = this.values[key];
    if (typeof value !== 'number' || !(value >= min && value <= max)) {
      throw invalidPlan(this.at(key), `a number from ${min} to ${max}`, value);
    }
    return value;
  }

  integer(key: string, min: number, max: number): number {
    const value = this.values[key];
    if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
      throw invalidPlan(this.at(key), `a whole number from ${min} to ${max}`, value);
    }
    return value;
  }

  choice<T extends string>(key: string, choices: readonly T[]): T {
    const chosen = choices.find((choice) => choice === this.values[key]);
    if (chosen === undefined)
      throw invalidPlan(this.at(key), `one of ${choices.join(', ')}`, this.values[key]);
    return chosen;
  }

  /** Dotted, from the document's root. */
  at(key: string): string {
    return this.path === '' ? key : `${this.path}.${key}`;
  }
}

/** The error for a value that a plan cannot have; quotes at most 120 characters of it. */
export function invalidPlan(path: string, expected: string, got: unknown): InvalidRolloutPlanError {
  const text = got === undefined ? 'nothing' : (JSON.stringify(got) ?? String(got));
  return new InvalidRolloutPlanError({
    path,
    expected,
    got: text.length > 120 ? `${text.slice(0, 117)}…` : text,
  });
}
