/** The text is not a list or dictionary of class names. */
export class UnreadableClassNamesError extends Error {
  constructor(
    readonly reason: string,
    /** Index in the text where reading stopped. */
    readonly position: number,
  ) {
    super(`${reason} at character ${position}`);
    this.name = new.target.name;
  }
}

/**
 * Reads the `names` entry of a model's metadata: a Python dictionary (`{0: 'Atelectasis', 1: "Crohn's"}`), a
 * Python list (`['a', 'b']`), or the same as JSON (`{"0": "a"}`). Returns the names by class index.
 *
 * Only literals are understood and nothing is evaluated. Indices must be 0 to n − 1, in any order, each once;
 * names must not be empty. Throws {@link UnreadableClassNamesError} otherwise.
 */
export function parseClassNames(text: string): string[] {
  const reader = new LiteralReader(text);
  const opening = reader.oneOf('{', '[');
  const names = opening === '{' ? readDictionary(reader) : readList(reader);
  reader.end();
  if (names.length === 0) throw new UnreadableClassNamesError('there is no class', 0);
  return names;
}

function readList(reader: LiteralReader): string[] {
  const names: string[] = [];
  while (!reader.accept(']')) {
    names.push(reader.name());
    if (!reader.accept(',')) {
      reader.oneOf(']');
      break;
    }
  }
  return names;
}

function readDictionary(reader: LiteralReader): string[] {
  const byIndex = new Map<number, string>();
  while (!reader.accept('}')) {
    const index = reader.index();
    reader.oneOf(':');
    if (byIndex.has(index)) throw reader.error(`class ${index} is named twice`);
    byIndex.set(index, reader.name());
    if (!reader.accept(',')) {
      reader.oneOf('}');
      break;
    }
  }
  return Array.from({ length: byIndex.size }, (_, index) => {
    const name = byIndex.get(index);
    if (name === undefined) throw reader.error(`class ${index} of ${byIndex.size} has no name`);
    return name;
  });
}

const ESCAPES: Record<string, string> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' };
const HEX_DIGITS: Record<string, number> = { x: 2, u: 4, U: 8 };

/** Walks over the literals that Python's `repr` and JSON have in common, skipping white space between them. */
class LiteralReader {
  private position = 0;

  constructor(private readonly text: string) {}

  error(reason: string): UnreadableClassNamesError {
    return new UnreadableClassNamesError(reason, this.position);
  }

  accept(character: string): boolean {
    this.skipSpace();
    if (this.text[this.position] !== character) return false;
    this.position++;
    return true;
  }

  oneOf(...characters: string[]): string {
    const found = characters.find((character) => this.accept(character));
    if (found === undefined) throw this.error(`expected ${characters.join(' or ')}`);
    return found;
  }

  end(): void {
    this.skipSpace();
    if (this.position < this.text.length) throw this.error('unexpected text after the names');
  }

  index(): number {
    this.skipSpace();
    const quoted = /['"]/.test(this.text[this.position] ?? '');
    const digits = quoted ? this.string() : this.digits();
    if (!/^\d{1,6}$/.test(digits)) throw this.error('expected a class index');
    return Number(digits);
  }

  name(): string {
    const name = this.string();
    if (name.trim() === '') throw this.error('a class name is empty');
    return name;
  }

  private digits(): string {
    const start = this.position;
    while (/\d/.test(this.text[this.position] ?? '')) this.position++;
    return this.text.slice(start, this.position);
  }

  private string(): string {
    const quote = this.oneOf("'", '"');
    let value = '';
    for (;;) {
      const character = this.text[this.position++];
      if (character === undefined) throw this.error('a name is not closed');
      if (character === quote) return value;
      value += character === '\\' ? this.escape() : character;
    }
  }

  private escape(): string {
    const letter = this.text[this.position++];
    if (letter === undefined) throw this.error('a name is not closed');
    const digits = HEX_DIGITS[letter];
    if (digits === undefined) return ESCAPES[letter] ?? letter;
    const hex = this.text.slice(this.position, this.position + digits);
    const code = /^[0-9a-fA-F]+$/.test(hex) && hex.length === digits ? Number.parseInt(hex, 16) : Infinity;
    if (code > 0x10ffff) throw this.error('an unreadable escape');
    this.position += digits;
    return String.fromCodePoint(code);
  }

  private skipSpace(): void {
    while (/\s/.test(this.text[this.position] ?? '')) this.position++;
  }
}
