import { InvalidModelConfigError } from './errors';

/** One mapping of the document, read with the path at hand so that errors can name it. */
export class Section {
  constructor(
    readonly values: Readonly<Record<string, unknown>>,
    private readonly path: string,
    private readonly known: readonly string[],
  ) {}

  get unknownNames(): string[] {
    return Object.keys(this.values).filter((key) => !this.known.includes(key));
  }

  get unknown(): string[] {
    return this.unknownNames.map((key) => this.at(key));
  }

  section(key: string, known: readonly string[]): Section {
    return sectionOf(this.values[key] ?? {}, this.at(key), known);
  }

  text(key: string): string | undefined {
    const value = this.values[key];
    if (value === undefined || value === null) return undefined;
    if ((typeof value !== 'string' && typeof value !== 'number') || String(value).trim() === '') {
      throw invalid(this.at(key), 'a text', shown(value));
    }
    return String(value).trim();
  }

  fraction(key: string): number | undefined {
    return this.number(key, 'a number from 0 to 1', (value) => value >= 0 && value <= 1);
  }

  integer(key: string, min: number, max: number): number | undefined {
    const expected = `a whole number from ${min} to ${max}`;
    return this.number(key, expected, (value) => Number.isInteger(value) && value >= min && value <= max);
  }

  choice<T extends string>(key: string, choices: readonly T[]): T | undefined {
    const value = this.values[key];
    if (value === undefined || value === null) return undefined;
    const chosen = choices.find((choice) => choice === value);
    if (chosen === undefined) throw invalid(this.at(key), `one of ${choices.join(', ')}`, shown(value));
    return chosen;
  }

  boolean(key: string): boolean | undefined {
    const value = this.values[key];
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'boolean') throw invalid(this.at(key), 'true or false', shown(value));
    return value;
  }

  /** Dotted, from the document's root. */
  at(key: string): string {
    return this.path === '' ? key : `${this.path}.${key}`;
  }

  private number(key: string, expected: string, accepts: (value: number) => boolean): number | undefined {
    const value = this.values[key];
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'number' || !accepts(value)) throw invalid(this.at(key), expected, shown(value));
    return value;
  }
}

/** Throws {@link InvalidModelConfigError} for what is no mapping. `known` are the keys that mean something. */
export function sectionOf(value: unknown, path: string, known: readonly string[]): Section {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid(path, 'a mapping', shown(value));
  return new Section(value as Record<string, unknown>, path, known);
}

/** The error for a value that cannot be used. */
export function invalid(path: string, expected: string, got: string): InvalidModelConfigError {
  return new InvalidModelConfigError({ path, expected, got });
}

/** A value as errors quote it: at most 120 characters. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 120 ? `${text.slice(0, 117)}…` : text;
}
