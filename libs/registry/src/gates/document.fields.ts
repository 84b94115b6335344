/** Makes the error for a value that cannot be used. */
export type Refusal = (path: string, expected: string, got: string) => Error;

/** One mapping of a document, read with the path at hand so that errors can name it. */
export class DocumentFields {
  constructor(
    readonly values: Readonly<Record<string, unknown>>,
    private readonly path: string,
    private readonly refusal: Refusal,
  ) {}

  /** Throws the refusal for what is no mapping, and for keys other than `known`: usually misspellings. */
  static of(
    value: unknown,
    path: string,
    known: readonly string[] | 'any',
    refusal: Refusal,
  ): DocumentFields {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw refusal(path, 'a mapping', shown(value));
    }
    const fields = new DocumentFields(value as Record<string, unknown>, path, refusal);
    if (known !== 'any') {
      const unknown = Object.keys(value).find((key) => !known.includes(key));
      if (unknown !== undefined) {
        throw refusal(
          fields.at(unknown),
          `absent (known are ${known.join(', ')})`,
          shown(fields.values[unknown]),
        );
      }
    }
    return fields;
  }

  /** Dotted, from the document's root. */
  at(key: string | number): string {
    return this.path === '' ? String(key) : `${this.path}.${key}`;
  }

  has(key: string): boolean {
    return this.values[key] !== undefined && this.values[key] !== null;
  }

  section(key: string, known: readonly string[] | 'any'): DocumentFields {
    return DocumentFields.of(this.values[key], this.at(key), known, this.refusal);
  }

  text(key: string, maxLength = 256): string {
    const value = this.values[key];
    if (
      typeof value === 'string' &&
      value.trim() !== '' &&
      value.length <= maxLength &&
      !value.includes('\0')
    ) {
      return value;
    }
    throw this.refusal(this.at(key), `a text of 1 to ${maxLength} characters`, shown(value));
  }

  /** Lower-case hex. */
  sha256(key: string): string {
    const value = this.values[key];
    if (typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)) return value;
    throw this.refusal(this.at(key), 'a SHA-256 of 64 lower-case hex digits', shown(value));
  }

  number(key: string, min: number, max: number): number {
    const value = this.values[key];
    if (typeof value === 'number' && value >= min && value <= max) return value;
    throw this.refusal(this.at(key), `a number from ${min} to ${max}`, shown(value));
  }

  integer(key: string, min: number, max: number): number {
    const value = this.values[key];
    if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max)
      return value as number;
    throw this.refusal(this.at(key), `a whole number from ${min} to ${max}`, shown(value));
  }

  choice<T extends string>(key: string, choices: readonly T[]): T {
    const chosen = choices.find((choice) => choice === this.values[key]);
    if (chosen !== undefined) return chosen;
    throw this.refusal(this.at(key), `one of ${choices.join(', ')}`, shown(this.values[key]));
  }

  list(key: string, min: number, max: number): readonly unknown[] {
    const value = this.values[key];
    if (Array.isArray(value) && value.length >= min && value.length <= max) return value;
    const got = Array.isArray(value) ? `${value.length} entries` : shown(value);
    throw this.refusal(this.at(key), `a list of ${min} to ${max} entries`, got);
  }

  /** Distinct texts. */
  names(key: string, min: number, max: number): readonly string[] {
    const list = this.list(key, min, max);
    const good = (name: unknown) => typeof name === 'string' && name.trim() !== '' && name.length <= 256;
    if (list.every(good) && new Set(list).size === list.length) return list as string[];
    throw this.refusal(this.at(key), 'a list of distinct names', shown(list));
  }
}

/** A value as errors quote it: at most 120 characters, and never the whole of something large. */
export function shown(value: unknown): string {
  if (Array.isArray(value) && value.length > 20) return `a list of ${value.length}`;
  if (typeof value === 'string')
    return JSON.stringify(value.length > 120 ? `${value.slice(0, 117)}…` : value);
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return text.length > 120 ? `${text.slice(0, 117)}…` : text;
}
