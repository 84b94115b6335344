import { UnreadableMessageError } from './unreadable-message.error';

/** One field of a protobuf message: what it means, and what is written for it. */
export interface MessageField {
  readonly number: number;
  readonly wireType: number;
  /** Of a varint field, as a signed 64-bit number (inexact beyond 2^53); 0 otherwise. */
  readonly value: number;
  /** Content of a field that is not a varint; empty otherwise. A view, not a copy. */
  readonly content: Uint8Array;
  /** Its very bytes, tag included, in pieces, so that weights need not be copied to be put into a message. */
  readonly pieces: readonly Uint8Array[];
}

/** How a field is written. Groups, an abandoned form that nests, are not read. */
export const WIRE_TYPES = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

const { varint: VARINT, fixed64: FIXED64, bytes: BYTES, fixed32: FIXED32 } = WIRE_TYPES;

/** More than any real network has nodes or weights, few enough to refuse a bomb of empty fields quickly. */
const MAX_FIELDS = 2_000_000;

const EMPTY = new Uint8Array();

/**
 * The fields of a protobuf message one by one, without copying and without keeping them
 * (https://protobuf.dev/programming-guides/encoding/). `part` names the message in errors.
 * Throws {@link UnreadableMessageError} at the first byte that is of no complete message, and after `maxFields`.
 */
export function* fieldsOf(
  message: Uint8Array,
  part: string,
  maxFields = MAX_FIELDS,
): Generator<MessageField, void, undefined> {
  let offset = 0;
  for (let count = 0; offset < message.length; count++) {
    if (count === maxFields) throw unreadable(part, `more than ${maxFields} fields`, offset);
    const { field, next } = fieldAt(message, offset, part);
    yield field;
    offset = next;
  }
}

/** All fields of a message, as {@link fieldsOf} reads them. Throws {@link UnreadableMessageError}. */
export function readMessage(message: Uint8Array, part: string): MessageField[] {
  return [...fieldsOf(message, part)];
}

/**
 * Joins fields into a message, by rising number as every official writer does; fields of one number keep their
 * order, which is all that protobuf gives meaning to.
 */
export function writeMessage(fields: readonly MessageField[]): Uint8Array {
  return Buffer.concat(piecesOf(fields));
}

/** A field holding a whole number, which may be negative; |value| ≤ 2^53. */
export function numberField(number: number, value: number): MessageField {
  const bytes = Uint8Array.from([...varint(BigInt(number * 8 + VARINT)), ...varint(BigInt(value))]);
  return { number, wireType: VARINT, value, content: EMPTY, pieces: [bytes] };
}

/** A field holding bytes or a text. Bytes are not copied. */
export function contentField(number: number, content: Uint8Array | string): MessageField {
  const data = typeof content === 'string' ? Buffer.from(content) : content;
  return { number, wireType: BYTES, value: 0, content: data, pieces: [headOf(number, data.length), data] };
}

/** A field holding a message, to be written only: its content is not put together. */
export function messageField(number: number, fields: readonly MessageField[]): MessageField {
  const pieces = piecesOf(fields);
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  return { number, wireType: BYTES, value: 0, content: EMPTY, pieces: [headOf(number, length), ...pieces] };
}

/** All contents of the length-delimited fields of one number, in order. */
export function contentsOf(fields: readonly MessageField[], number: number): Uint8Array[] {
  return fields.filter((field) => isContent(field, number)).map((field) => field.content);
}

/** Text of the last field of that number, as protobuf resolves repetition; '' when there is none. */
export function textOf(fields: readonly MessageField[], number: number): string {
  const content = contentsOf(fields, number).at(-1);
  return content ? decodeText(content) : '';
}

/** Texts of a repeated field. */
export function textsOf(fields: readonly MessageField[], number: number): string[] {
  return contentsOf(fields, number).map(decodeText);
}

/** Number of the last varint field of that number; `undefined` when there is none. */
export function numberOf(fields: readonly MessageField[], number: number): number | undefined {
  return fields.findLast((field) => field.number === number && field.wireType === VARINT)?.value;
}

/** Numbers of a repeated varint field, whether each stands alone (proto2) or all are packed (proto3). */
export function numbersOf(fields: readonly MessageField[], number: number, part: string): number[] {
  return fields
    .filter((field) => field.number === number)
    .flatMap((field) => (field.wireType === VARINT ? [field.value] : unpacked(field.content, part)));
}

/** Whether a field of that number carries content. */
export function isContent(field: MessageField, number: number): boolean {
  return field.number === number && field.wireType === BYTES;
}

function piecesOf(fields: readonly MessageField[]): Uint8Array[] {
  const sorted = [...fields].sort((a, b) => a.number - b.number);
  return sorted.flatMap(({ pieces }) => pieces);
}

function headOf(number: number, length: number): Uint8Array {
  return Uint8Array.from([...varint(BigInt(number * 8 + BYTES)), ...varint(BigInt(length))]);
}

const TEXT_DECODER = new TextDecoder();
const decodeText = (content: Uint8Array): string => TEXT_DECODER.decode(content);

function unpacked(content: Uint8Array, part: string): number[] {
  const numbers: number[] = [];
  for (let offset = 0; offset < content.length; ) {
    const { value, next } = varintAt(content, offset, part);
    numbers.push(value);
    offset = next;
  }
  return numbers;
}

function fieldAt(message: Uint8Array, start: number, part: string): { field: MessageField; next: number } {
  const tag = varintAt(message, start, part);
  const number = Math.floor(tag.value / 8);
  const wireType = tag.value & 7;
  if (number < 1 || number >= 2 ** 29) throw unreadable(part, `field number ${number}`, start);
  if (wireType === VARINT) {
    const { value, next } = varintAt(message, tag.next, part);
    const pieces = [message.subarray(start, next)];
    return { field: { number, wireType, value, content: EMPTY, pieces }, next };
  }
  const [from, length] = contentAt(message, tag.next, wireType, part);
  const next = from + length;
  if (next > message.length) throw unreadable(part, 'it ends inside a field', start);
  const content = message.subarray(from, next);
  return { field: { number, wireType, value: 0, content, pieces: [message.subarray(start, next)] }, next };
}

function contentAt(
  message: Uint8Array,
  offset: number,
  wireType: number,
  part: string,
): [from: number, length: number] {
  if (wireType === FIXED64) return [offset, 8];
  if (wireType === FIXED32) return [offset, 4];
  if (wireType !== BYTES) throw unreadable(part, `unknown wire type ${wireType}`, offset);
  const length = varintAt(message, offset, part);
  if (length.value < 0) throw unreadable(part, 'a negative length', offset);
  return [length.next, length.value];
}

/** Eight bytes carry 56 bits and stay near what a double holds; longer ones, negative numbers mostly, need bigint. */
function varintAt(message: Uint8Array, offset: number, part: string): { value: number; next: number } {
  let value = 0;
  for (let index = 0; index < 10; index++) {
    const byte = message[offset + index];
    if (byte === undefined) throw unreadable(part, 'it ends inside a number', offset);
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) {
      const next = offset + index + 1;
      return { value: index < 8 ? value : signed(message.subarray(offset, next)), next };
    }
  }
  throw unreadable(part, 'a number longer than 64 bits', offset);
}

function signed(digits: Uint8Array): number {
  const whole = digits.reduceRight((sum, digit) => (sum << 7n) | BigInt(digit & 0x7f), 0n);
  return Number(BigInt.asIntN(64, whole));
}

function varint(value: bigint): number[] {
  const bytes: number[] = [];
  for (let rest = BigInt.asUintN(64, value); ; rest >>= 7n) {
    if (rest < 128n) return [...bytes, Number(rest)];
    bytes.push(Number(rest & 0x7fn) | 0x80);
  }
}

function unreadable(part: string, reason: string, offset: number): UnreadableMessageError {
  return new UnreadableMessageError({ part, reason, offset });
}
