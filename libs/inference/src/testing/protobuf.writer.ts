/** Content of one protobuf field: a number, a text, bytes, or a message written before. */
export type FieldContent = number | string | Uint8Array;

/** Writes a protobuf message from its fields, in order. Numbers become varints; 0 ≤ number < 2^53. */
export function protobuf(
  ...fields: readonly (readonly [number: number, content: FieldContent])[]
): Uint8Array {
  return Buffer.concat(fields.map(([number, content]) => field(number, content)));
}

/** Several fields with one number, as protobuf's `repeated`. */
export function repeated(number: number, contents: readonly FieldContent[]): [number, FieldContent][] {
  return contents.map((content) => [number, content]);
}

function field(number: number, content: FieldContent): Uint8Array {
  if (typeof content === 'number') return Buffer.concat([varint(number * 8), varint(content)]);
  const bytes = Buffer.from(content as Uint8Array);
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Uint8Array.from([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
}
