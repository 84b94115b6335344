import { InvalidParameterError, quoted } from '../errors';

/**
 * - `word`: a name or keyword; a name may hold dots, as in `metrics.loss`
 * - `single`, `double`, `backtick`: what stands between such quotes; a doubled quote is one of them
 * - `sign`: an operator or punctuation
 */
export type TokenType = 'word' | 'single' | 'double' | 'backtick' | 'number' | 'sign' | 'end';

export interface Token {
  readonly type: TokenType;
  /** Without quotes. */
  readonly text: string;
  /** Where it begins, in characters. */
  readonly at: number;
}

/** Longest filter that is read. Lists of thousands of run ids fit. */
const maxLength = 200_000;

const token =
  /\s*(?:(?<word>[\p{L}_][\p{L}\p{N}_./:-]*)|(?<number>[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?(?![\p{L}\p{N}_.]))|'(?<single>(?:[^']|'')*)'|"(?<double>(?:[^"]|"")*)"|`(?<backtick>(?:[^`]|``)*)`|(?<sign>[<>!]=|[=<>(),]))/iuy;

/**
 * The tokens of a filter or order, with an `end` after them. Linear in its length.
 * @throws InvalidParameterError naming the position of what is no token
 */
export function tokensOf(text: string): Token[] {
  if (text.length > maxLength) {
    throw new InvalidParameterError(
      `A filter may have ${maxLength} characters at most; ${text.length} came.`,
      'Split the search into several.',
    );
  }
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  for (let at = 0; at < end; ) {
    token.lastIndex = at;
    const found = token.exec(text);
    if (!found) throw unexpected(text, at);
    const [type, raw] = Object.entries(found.groups!).find(([, value]) => value !== undefined)!;
    tokens.push({ type: type as TokenType, text: unquoted(type, raw), at });
    at = token.lastIndex;
  }
  return [...tokens, { type: 'end', text: '', at: end }];
}

function unquoted(type: string, raw: string): string {
  if (type === 'single') return raw.replaceAll("''", "'");
  if (type === 'double') return raw.replaceAll('""', '"');
  if (type === 'backtick') return raw.replaceAll('``', '`');
  return raw;
}

function unexpected(text: string, at: number): InvalidParameterError {
  return new InvalidParameterError(
    `Invalid clause at character ${at}: ${quoted(text.slice(at, at + 40))} begins no name, value or operator.`,
    "Quote texts ('…') and names with special characters (`…`); join conditions with AND.",
  );
}
