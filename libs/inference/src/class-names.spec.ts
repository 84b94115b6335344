import fc from 'fast-check';
import { parseClassNames, UnreadableClassNamesError } from './class-names';

/** Text as Python's `repr` writes it. */
function pythonString(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replaceAll('\\', '\\\\').replaceAll(quote, `\\${quote}`);
  return quote + escaped.replaceAll('\n', '\\n').replaceAll('\t', '\\t').replaceAll('\r', '\\r') + quote;
}

const anyNames = fc.array(
  fc.string({ minLength: 1, unit: 'binary' }).filter((name) => name.trim() !== ''),
  { minLength: 1, maxLength: 20 },
);

describe('parseClassNames', () => {
  it.each([
    ["{0: 'Atelectasis', 1: 'Nodule/Mass'}", ['Atelectasis', 'Nodule/Mass']],
    ["{0: \"Crohn's\", 1: 'b'}", ["Crohn's", 'b']],
    ["{1: 'second', 0: 'first'}", ['first', 'second']],
    ['{"0": "a", "1": "b"}', ['a', 'b']],
    ["['a', 'b']", ['a', 'b']],
    ['["a","b",]', ['a', 'b']],
    ["{0: '\\u00e9t\\xe9'}", ['été']],
  ])('reads %s', (text, names) => {
    expect(parseClassNames(text)).toEqual(names);
  });

  it.each([
    ['', 'expected { or ['],
    ['{}', 'there is no class'],
    ["{0: 'a'", 'expected }'],
    ["{0: 'a", 'a name is not closed'],
    ["{0: 'a', 0: 'b'}", 'class 0 is named twice'],
    ["{0: 'a', 2: 'b'}", 'class 1 of 2 has no name'],
    ["{0: '  '}", 'a class name is empty'],
    ["{zero: 'a'}", 'expected a class index'],
    ["{0: 'a'} or exit()", 'unexpected text after the names'],
    ["{0: __import__('os')}", 'expected \' or "'],
  ])('refuses %s: %s', (text, reason) => {
    expect(() => parseClassNames(text)).toThrow(reason);
  });

  it('reads back any names written by Python', () => {
    fc.assert(
      fc.property(anyNames, (names) => {
        const entries = names.map((name, index) => `${index}: ${pythonString(name)}`);
        expect(parseClassNames(`{${entries.join(', ')}}`)).toEqual(names);
        expect(parseClassNames(`[${names.map(pythonString).join(', ')}]`)).toEqual(names);
      }),
    );
  });

  it('reads back any names written as JSON', () => {
    fc.assert(
      fc.property(anyNames, (names) => {
        expect(parseClassNames(JSON.stringify(names))).toEqual(names);
        expect(parseClassNames(JSON.stringify({ ...names }))).toEqual(names);
      }),
    );
  });

  it('answers any text with names or its own error', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'{}[]:,\'"\\0123ab xuU ') }), (text) => {
        try {
          expect(parseClassNames(text).length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(UnreadableClassNamesError);
        }
      }),
    );
  });
});
