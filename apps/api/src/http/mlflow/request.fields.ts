import { InvalidParameterError, KeyValue, quoted } from '@thorax/registry';

type Source = Readonly<Record<string, unknown>>;

/**
 * The fields of one request, by the rules of protobuf's JSON: numbers may come as text, `NaN` and `Infinity` do,
 * what is absent or null is not set. Every reader throws InvalidParameterError for what it cannot take; no text
 * holds a NUL, which PostgreSQL cannot keep.
 */
export class RequestFields {
  /** @param at where this object stands in the request, for messages */
  constructor(
    private readonly source: Source,
    private readonly at = '',
  ) {}

  /** @throws InvalidParameterError unless `value` is an object */
  static of(value: unknown, at = ''): RequestFields {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return new RequestFields(value as Source, at);
    }
    throw new InvalidParameterError(`Expected a JSON object${at && ` as '${at.slice(0, -1)}'`}.`);
  }

  /** A text that must be there and not be empty. */
  text(name: string): string {
    return this.optionalText(name) || this.missing(name);
  }

  /** A text that must be there, empty or not. */
  possiblyEmptyText(name: string): string {
    return this.optionalText(name) ?? this.missing(name);
  }

  optionalText(name: string): string | undefined {
    const value = this.valueOf(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'string') throw this.invalid(name, 'a string');
    if (value.includes('\0')) throw this.invalid(name, 'a string without NUL characters');
    return value;
  }

  /** One of these words. */
  optionalWord<Word extends string>(name: string, words: readonly Word[]): Word | undefined {
    const value = this.optionalText(name);
    if (value === undefined || words.includes(value as Word)) return value as Word | undefined;
    throw this.invalid(name, `one of ${words.join(', ')}`);
  }

  integer(name: string): number {
    return this.optionalInteger(name) ?? this.missing(name);
  }

  /** A whole number that a double holds exactly. */
  optionalInteger(name: string): number | undefined {
    const value = this.valueOf(name);
    if (value === undefined) return undefined;
    const number = typeof value === 'string' && /^-?\d{1,17}$/.test(value) ? Number(value) : value;
    if (Number.isSafeInteger(number)) return number as number;
    throw this.invalid(name, 'an integer between -2^53 and 2^53');
  }

  /** Any double, the special ones included. */
  double(name: string): number {
    const value = this.valueOf(name) ?? this.missing(name);
    if (typeof value === 'number') return value;
    if (typeof value === 'string') {
      if (value === 'NaN') return NaN;
      if (/^[+-]?Infinity$/.test(value)) return Number(value);
      if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value)) return Number(value);
    }
    throw this.invalid(name, 'a valid double (64-bit floating point)');
  }

  /** False where it is not set. */
  flag(name: string): boolean {
    return this.optionalFlag(name) ?? false;
  }

  optionalFlag(name: string): boolean | undefined {
    const value = this.valueOf(name);
    if (value === undefined) return undefined;
    if (value === false || /^false$/i.test(String(value))) return false;
    if (value === true || /^true$/i.test(String(value))) return true;
    throw this.invalid(name, 'true or false');
  }

  /** Texts; in a query a single one may stand for a list. */
  texts(name: string): string[] {
    return this.list(name).map((_, index, values) =>
      new RequestFields({ [name]: values[index] }, this.at).possiblyEmptyText(name),
    );
  }

  objects(name: string): RequestFields[] {
    return this.list(name).map((value, index) => RequestFields.of(value, `${this.at}${name}[${index}].`));
  }

  object(name: string): RequestFields {
    return RequestFields.of(this.valueOf(name) ?? this.missing(name), `${this.at}${name}.`);
  }

  /** An object of any content. */
  optionalObject(name: string): Record<string, unknown> | undefined {
    const value = this.valueOf(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'object' || Array.isArray(value)) throw this.invalid(name, 'a JSON object');
    if (JSON.stringify(value).includes('\\u0000')) throw this.invalid(name, 'no NUL characters');
    return value as Record<string, unknown>;
  }

  keyValues(name: string): KeyValue[] {
    return this.objects(name).map((pair) => pair.keyValue());
  }

  keyValue(): KeyValue {
    return { key: this.text('key'), value: this.possiblyEmptyText('value') };
  }

  private list(name: string): unknown[] {
    const value = this.valueOf(name);
    if (value === undefined) return [];
    return Array.isArray(value) ? value : [value];
  }

  private valueOf(name: string): unknown {
    return Object.hasOwn(this.source, name) ? (this.source[name] ?? undefined) : undefined;
  }

  private missing(name: string): never {
    throw new InvalidParameterError(`Missing value for required parameter '${this.at}${name}'.`);
  }

  private invalid(name: string, expected: string): InvalidParameterError {
    const shown = quoted(String(JSON.stringify(this.valueOf(name)) ?? ''));
    return new InvalidParameterError(
      `Invalid value ${shown} for parameter '${this.at}${name}' supplied: expected ${expected}.`,
    );
  }
}
