import { invalidArgument } from './protocol.error';

/** How much structure a JSON document may have, whatever its length: objects cost far more memory than text. */
export interface JsonLimits {
  readonly maxBytes: number;
  /** Arrays and objects inside each other. */
  readonly maxDepth: number;
  /** Arrays, objects and texts together. */
  readonly maxValues: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const LETTER_N = 0x4e;
const LETTER_I = 0x49;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads a JSON document as clients of the protocol write it: with bare `NaN`, `Infinity` and `-Infinity`, which
 * JSON does not have. NaN comes out as the text "NaN" (as in protobuf's JSON mapping), infinities as numbers.
 *
 * Throws an `invalid-argument` ProtocolError for anything else that is no JSON in UTF-8 or exceeds a limit, before
 * memory is spent on it.
 */
export function readTensorJson(bytes: Uint8Array, limits: JsonLimits): unknown {
  if (bytes.length > limits.maxBytes) {
    throw invalidArgument(`the JSON of a request may have ${limits.maxBytes} bytes, got ${bytes.length}`);
  }
  const mayBeNonFinite = survey(bytes, limits);
  try {
    const text = utf8.decode(bytes);
    return JSON.parse(mayBeNonFinite ? withoutNonFinite(text) : text);
  } catch {
    throw invalidArgument('failed to parse the request JSON: it is not valid JSON in UTF-8');
  }
}

/** Checks limits in one pass and tells whether there is a bare N or I outside of texts. */
function survey(bytes: Uint8Array, { maxDepth, maxValues }: JsonLimits): boolean {
  let [depth, values] = [0, 0];
  let mayBeNonFinite = false;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index]!;
    if (byte < QUOTE) continue;
    if (byte === QUOTE) {
      values++;
      index = endOfText(bytes, index);
    } else if (byte === OPEN_BRACKET || byte === OPEN_BRACE) {
      values++;
      if (++depth > maxDepth) throw invalidArgument(`the request JSON is nested deeper than ${maxDepth}`);
    } else if (byte === CLOSE_BRACKET || byte === CLOSE_BRACE) depth--;
    else if (byte === LETTER_N || byte === LETTER_I) mayBeNonFinite = true;
    if (values > maxValues) {
      throw invalidArgument(`the request JSON has more than ${maxValues} arrays, objects and texts`);
    }
  }
  return mayBeNonFinite;
}

/** Index of the closing quote of the text that opens at `start`; the last index where there is none. */
function endOfText(bytes: Uint8Array, start: number): number {
  let index = start + 1;
  while (index < bytes.length && bytes[index] !== QUOTE) index += bytes[index] === BACKSLASH ? 2 : 1;
  return Math.min(index, bytes.length - 1);
}

/** Texts are matched first, so that what stands inside them stays as it is. */
function withoutNonFinite(text: string): string {
  return text.replaceAll(/"(?:[^"\\]|\\.)*"|\bNaN\b|\bInfinity\b/g, (found) => {
    if (found === 'NaN') return '"NaN"';
    return found === 'Infinity' ? '1e999' : found;
  });
}
