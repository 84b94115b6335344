import { Reader } from 'protobufjs/minimal';
import { bytesOf, Datatype, elementsOf, TensorData } from './datatype';
import { invalidArgument } from './protocol.error';
import { readFields, tagOf } from './protobuf.fields';

/** Where the elements of a datatype stand in InferTensorContents. FP16 has no place there. */
const FIELDS: Partial<Record<Datatype, { readonly name: string; readonly number: number }>> = {
  FP32: { name: 'fp32_contents', number: 6 },
  UINT8: { name: 'uint_contents', number: 4 },
};

const UINT = tagOf(4, 'varint');
const PACKED_UINTS = tagOf(4, 'bytes');
const FLOAT = tagOf(6, 'bits32');
const PACKED_FLOATS = tagOf(6, 'bytes');

export interface ContentsExpectation {
  readonly datatype: Datatype;
  readonly elements: number;
  /** Whose contents they are, for messages. */
  readonly what: string;
}

/**
 * The elements in an InferTensorContents message. FP32 written in one piece is a view into `message`. Throws a
 * ProtocolError unless it holds exactly `elements` of the datatype and nothing else. Memory is bounded by the
 * length of `message`.
 */
export function elementsOfContents(message: Uint8Array, expected: ContentsExpectation): TensorData {
  const { datatype, elements, what } = expected;
  const field = FIELDS[datatype];
  if (!field) throw invalidArgument(`${what}: ${datatype} must be sent as raw_input_contents`);
  const bytes = elements * bytesOf(datatype);
  // Both kinds of elements take at least their own size, so this bounds what is set aside.
  if (bytes > message.length) throw wrongCount(expected, `in ${message.length} bytes`);
  const sink = new Sink(bytes, expected);
  readFields(
    message,
    (tag, reader) => {
      if (tag >>> 3 !== field.number) throw invalidArgument(`${what}: ${datatype} takes ${field.name} only`);
      return datatype === 'FP32' ? readFloats(tag, reader, sink) : readBytes(tag, reader, sink);
    },
    elements + 1,
  );
  return elementsOf(sink.whole(), datatype);
}

/** Collects the elements, as bytes. */
class Sink {
  private target?: Uint8Array;
  private filled = 0;

  constructor(
    private readonly size: number,
    private readonly expected: ContentsExpectation,
  ) {}

  /** Keeps the only piece as it is. */
  add(piece: Uint8Array): void {
    if (this.filled === 0 && piece.length === this.size) this.target = piece;
    else this.room(piece.length).set(piece, this.filled);
    this.filled += piece.length;
  }

  addByte(value: number): void {
    this.room(1)[this.filled++] = value;
  }

  /** Numbers below 256 in one piece up to `end`. Millions of them hold up everybody else, so the loop is tight. */
  addPacked(reader: Reader, end: number): void {
    const { buf } = reader;
    const { size } = this;
    const target = this.room(0);
    let filled = this.filled;
    let { pos } = reader;
    while (pos < end) {
      if (filled === size) throw wrongCount(this.expected, 'more');
      const first = buf[pos]!;
      // From 128 on a second byte follows, 1, and together they say what the first one is.
      if (first < 128) pos++;
      else if (buf[pos + 1] === 1) pos += 2;
      else {
        reader.pos = pos;
        target[filled++] = byteOf(reader.uint32());
        pos = reader.pos;
        continue;
      }
      target[filled++] = first;
    }
    if (pos !== end) throw invalidArgument('unexpected end of the request');
    reader.pos = pos;
    this.filled = filled;
  }

  whole(): Uint8Array {
    if (this.filled !== this.size) throw wrongCount(this.expected, 'fewer');
    return this.target ?? new Uint8Array();
  }

  private room(bytes: number): Uint8Array {
    if (this.filled + bytes > this.size) throw wrongCount(this.expected, 'more');
    return (this.target ??= new Uint8Array(this.size));
  }
}

function readFloats(tag: number, reader: Reader, sink: Sink): boolean {
  if (tag === PACKED_FLOATS) sink.add(reader.bytes());
  else if (tag === FLOAT) {
    sink.add(reader.buf.subarray(reader.pos, reader.pos + 4));
    reader.skip(4);
  } else return false;
  return true;
}

function readBytes(tag: number, reader: Reader, sink: Sink): boolean {
  if (tag === UINT) sink.addByte(byteOf(reader.uint32()));
  else if (tag === PACKED_UINTS) {
    const end = reader.uint32() + reader.pos;
    if (end > reader.len) throw invalidArgument('unexpected end of the request');
    sink.addPacked(reader, end);
  } else return false;
  return true;
}

function byteOf(value: number): number {
  if (value <= 255) return value;
  throw invalidArgument(`UINT8 holds numbers from 0 to 255, got ${value}`);
}

function wrongCount({ elements, datatype, what }: ContentsExpectation, got: string): Error {
  return invalidArgument(`${what} needs ${elements} elements of ${datatype} in its contents, got ${got}`);
}
