import { InvalidParameterError, quoted } from '../errors';
import { Token, tokensOf } from './filter.tokeniser';
import { DATASET_KEYS, FieldKind, KIND_WORDS, Vocabulary } from './filter.vocabulary';

export type Operator =
  | '='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | 'LIKE'
  | 'ILIKE'
  | 'IN'
  | 'NOT IN'
  | 'IS NULL'
  | 'IS NOT NULL';

/** What is compared; attributes by their own name. */
export interface Field {
  readonly kind: FieldKind;
  readonly key: string;
  readonly type: 'text' | 'number';
}

/** One condition. The value is a number for numbers, a list for IN, null for IS NULL and a text otherwise. */
export interface Comparison {
  readonly field: Field;
  readonly operator: Operator;
  readonly value: string | number | readonly string[] | null;
}

/** One column of an order. */
export interface Order {
  readonly field: Field;
  readonly ascending: boolean;
}

const maxComparisons = 200;
const maxListLength = 10_000;
const numberOperators: readonly Operator[] = ['=', '!=', '<', '<=', '>', '>='];
const textOperators: readonly Operator[] = ['=', '!=', 'LIKE', 'ILIKE', 'IN', 'NOT IN'];
const nullOperators: readonly Operator[] = ['IS NULL', 'IS NOT NULL'];

/**
 * The conditions of a search filter, all of which must hold: `metrics.loss < 0.1 AND tags.site = 'lab'`.
 *
 *     filter     := [ comparison { AND comparison } ]
 *     comparison := field operator value | field [NOT] IN "(" text { "," text } ")" | field IS [NOT] NULL
 *     field      := [ kind "." ] name
 *
 * @throws InvalidParameterError saying where and what was expected
 */
export function parseFilter(filter: string, vocabulary: Vocabulary): Comparison[] {
  const parser = new FilterParser(tokensOf(filter), vocabulary);
  if (parser.atEnd()) return [];
  const comparisons = [parser.comparison()];
  while (!parser.atEnd()) {
    parser.expectWord('AND');
    comparisons.push(parser.comparison());
    if (comparisons.length > maxComparisons) {
      throw new InvalidParameterError(`A filter may have ${maxComparisons} conditions at most.`);
    }
  }
  return comparisons;
}

/** A column to order by: a field, then `ASC` (the default) or `DESC`. @throws InvalidParameterError */
export function parseOrder(order: string, vocabulary: Vocabulary): Order {
  const parser = new FilterParser(tokensOf(order), vocabulary);
  const field = parser.orderField();
  const descending = parser.takeWord('DESC');
  if (!descending) parser.takeWord('ASC');
  if (!parser.atEnd()) throw parser.unexpected('ASC, DESC or the end');
  return { field, ascending: !descending };
}

class FilterParser {
  private position = 0;

  constructor(
    private readonly tokens: readonly Token[],
    private readonly vocabulary: Vocabulary,
  ) {}

  atEnd(): boolean {
    return this.next.type === 'end';
  }

  comparison(): Comparison {
    const field = this.field(this.vocabulary.kinds);
    const at = this.position;
    const found = this.operator();
    const operator = allowedOperators(field).find((allowed) => allowed === found);
    if (!operator) {
      this.position = at;
      throw this.unexpected(`one of ${allowedOperators(field).join(', ')} after ${quoted(field.key)}`);
    }
    return { field, operator, value: this.value(field, operator) };
  }

  orderField(): Field {
    const field = this.field(this.vocabulary.orderKinds);
    const { orderAttributes } = this.vocabulary;
    if (field.kind !== 'attribute' || !orderAttributes || orderAttributes.includes(field.key)) return field;
    throw new InvalidParameterError(`Invalid order_by attribute ${quoted(field.key)}.`);
  }

  takeWord(word: string): boolean {
    if (this.next.type !== 'word' || this.next.text.toUpperCase() !== word) return false;
    this.position += 1;
    return true;
  }

  expectWord(word: string): void {
    if (!this.takeWord(word)) throw this.unexpected(word);
  }

  unexpected(expected: string): InvalidParameterError {
    const { type, text, at } = this.next;
    const found = type === 'end' ? 'the end' : quoted(text);
    return new InvalidParameterError(
      `Invalid clause at character ${at}: expected ${expected}, found ${found}.`,
      "Write conditions as in: metrics.loss < 0.1 AND tags.`my tag` = 'a text'.",
    );
  }

  private get next(): Token {
    return this.tokens[this.position];
  }

  private take(): Token {
    return this.tokens[this.position++];
  }

  private field(kinds: readonly FieldKind[]): Field {
    const { type, text } = this.next;
    if (type === 'double' || type === 'backtick') return this.fieldOf('attribute', this.take().text);
    if (type !== 'word') throw this.unexpected('the name of a field');
    const dot = text.indexOf('.');
    if (dot < 0) return this.fieldOf('attribute', this.take().text);
    const kind = Object.hasOwn(KIND_WORDS, text.slice(0, dot)) ? KIND_WORDS[text.slice(0, dot)] : undefined;
    if (!kind || (kind !== 'attribute' && !kinds.includes(kind))) {
      throw this.unexpected(`a field of one of the kinds ${['attribute', ...kinds].join(', ')}`);
    }
    this.take();
    return this.fieldOf(kind, text.slice(dot + 1) || this.quotedName());
  }

  private quotedName(): string {
    const { type } = this.next;
    if (type === 'double' || type === 'backtick' || type === 'single') return this.take().text;
    throw this.unexpected('a name after the dot');
  }

  private fieldOf(kind: FieldKind, key: string): Field {
    if (kind === 'metric') return { kind, key, type: 'number' };
    if (kind === 'dataset' && !DATASET_KEYS.includes(key)) throw invalidKey(kind, key, DATASET_KEYS);
    if (kind !== 'attribute') return { kind, key, type: 'text' };
    const { attributes } = this.vocabulary;
    if (!Object.hasOwn(attributes, key)) throw invalidKey(kind, key, Object.keys(attributes));
    return { kind, key: attributes[key].name, type: attributes[key].type };
  }

  /** What stands there for an operator, whichever. */
  private operator(): string {
    if (this.next.type === 'sign') return this.take().text;
    if (this.takeWord('LIKE')) return 'LIKE';
    if (this.takeWord('ILIKE')) return 'ILIKE';
    if (this.takeWord('IN')) return 'IN';
    if (this.takeWord('NOT')) return this.takeWord('IN') ? 'NOT IN' : '';
    if (!this.takeWord('IS')) return '';
    const negated = this.takeWord('NOT');
    if (!this.takeWord('NULL')) return '';
    return negated ? 'IS NOT NULL' : 'IS NULL';
  }

  private value({ type }: Field, operator: Operator): Comparison['value'] {
    if (operator === 'IS NULL' || operator === 'IS NOT NULL') return null;
    if (operator === 'IN' || operator === 'NOT IN') return this.list();
    return type === 'number' ? this.number() : this.text();
  }

  private number(): number {
    if (this.next.type !== 'number') throw this.unexpected('a number');
    return Number(this.take().text);
  }

  private text(): string {
    const { type, text } = this.next;
    if (type !== 'single' && type !== 'double') throw this.unexpected("a quoted text ('…')");
    if (text.includes('\0')) throw this.unexpected('a text without NUL characters');
    return this.take().text;
  }

  private list(): string[] {
    this.expectSign('(');
    const values = [this.text()];
    while (this.takeSign(',')) {
      // Python writes a list of one as ('a',).
      if (this.takeSign(')')) return values;
      values.push(this.text());
      if (values.length > maxListLength) throw this.unexpected(`a list of at most ${maxListLength} texts`);
    }
    this.expectSign(')');
    return values;
  }

  private takeSign(sign: string): boolean {
    if (this.next.type !== 'sign' || this.next.text !== sign) return false;
    this.position += 1;
    return true;
  }

  private expectSign(sign: string): void {
    if (!this.takeSign(sign)) throw this.unexpected(`"${sign}"`);
  }
}

function allowedOperators({ kind, type }: Field): readonly Operator[] {
  if (type === 'number') return numberOperators;
  return kind === 'tag' || kind === 'param' ? [...textOperators, ...nullOperators] : textOperators;
}

function invalidKey(kind: FieldKind, key: string, valid: readonly string[]): InvalidParameterError {
  return new InvalidParameterError(
    `Invalid ${kind} key ${quoted(key)} specified. Valid keys are ${valid.join(', ')}.`,
  );
}
