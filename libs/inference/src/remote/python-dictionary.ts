/**
 * The entries of a Python dictionary in text form, as Ultralytics writes a model's metadata into a Triton
 * configuration: each value as the text it has there, a string without its quotes. Nothing is evaluated, and what
 * is no such dictionary has no entries.
 */
export function metadataEntriesOf(text: string): Map<string, string> {
  const inner = /^\s*\{([\s\S]*)\}\s*$/.exec(text)?.[1];
  const entries = new Map<string, string>();
  for (const part of inner === undefined ? [] : splitOutside(inner, ',')) {
    const [key, ...value] = splitOutside(part, ':');
    const name = withoutQuotes(key!.trim());
    if (name !== undefined && value.length > 0) {
      const shown = value.join(':').trim();
      entries.set(name, withoutQuotes(shown) ?? shown);
    }
  }
  return entries;
}

/** Splits at a separator that stands in no string and in no bracket. */
function splitOutside(text: string, separator: string): string[] {
  const parts: string[] = [];
  let [start, depth] = [0, 0];
  for (let index = 0; index < text.length; index++) {
    const character = text[index]!;
    if (character === '"' || character === "'") index = endOfString(text, index);
    else if ('([{'.includes(character)) depth++;
    else if (')]}'.includes(character)) depth--;
    else if (character === separator && depth === 0) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  return [...parts, text.slice(start)];
}

function endOfString(text: string, start: number): number {
  let index = start + 1;
  while (index < text.length && text[index] !== text[start]) index += text[index] === '\\' ? 2 : 1;
  return index;
}

function withoutQuotes(text: string): string | undefined {
  const quoted = text.length >= 2 && /^['"]/.test(text) && endOfString(text, 0) === text.length - 1;
  return quoted ? text.slice(1, -1) : undefined;
}
