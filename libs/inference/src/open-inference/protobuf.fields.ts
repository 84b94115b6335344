import { BufferReader, Reader } from 'protobufjs/minimal';
import { invalidArgument, ProtocolError } from './protocol.error';

/** How a field is written. */
const WIRE_TYPES = { varint: 0, bits64: 1, bytes: 2, bits32: 5 } as const;

/** Field number and wire type in one, as they stand before every field. */
export function tagOf(field: number, wireType: keyof typeof WIRE_TYPES): number {
  return (field << 3) | WIRE_TYPES[wireType];
}

/** No message of the protocol has this many fields, apart from elements of a tensor. */
const MAX_FIELDS = 10_000;

type Visit = (tag: number, reader: Reader) => boolean;

/**
 * Reads one protobuf message field by field, so that what arrives is bounded before it becomes objects: a message of
 * 64 MB can announce 30 million empty ones. `visit` reads the field of its tag from the reader and says that it did;
 * other fields are skipped, as the format has it. Bytes are read as views. Throws an `invalid-argument` ProtocolError
 * for bytes that are no message and for more than `maxFields`.
 */
export function readFields(bytes: Uint8Array, visit: Visit, maxFields = MAX_FIELDS): void {
  const reader = new BufferReader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  try {
    for (let count = 0; reader.pos < reader.len; count++) {
      if (count === maxFields) {
        throw invalidArgument(`a message of the request has more than ${maxFields} fields`);
      }
      readField(reader, visit);
    }
  } catch (error) {
    if (error instanceof ProtocolError) throw error;
    throw invalidArgument('failed to parse the request: it is no complete message of the protocol');
  }
}

function readField(reader: Reader, visit: Visit): void {
  const tag = reader.uint32();
  if (visit(tag, reader)) return;
  const wireType = tag & 7;
  // Groups are of an older form of the format, and nest.
  if (wireType === 3 || wireType === 4) {
    throw invalidArgument('the request holds a group, which proto3 has not');
  }
  reader.skipType(wireType);
}

/** Text of at most `maxLength` characters. */
export function readText(reader: Reader, what: string, maxLength: number): string {
  const bytes = reader.bytes();
  // A character has at most three bytes for each of its UTF-16 units.
  const text = bytes.length <= 3 * maxLength ? Buffer.from(bytes).toString('utf8') : undefined;
  if (text !== undefined && text.length <= maxLength) return text;
  throw invalidArgument(`${what} has more than ${maxLength} characters`);
}

/** A 64-bit number, exact up to 2^53. */
export function readInteger(reader: Reader): number {
  return Number(reader.int64());
}
