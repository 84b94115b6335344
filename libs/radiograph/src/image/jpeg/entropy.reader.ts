import type { HuffmanTable } from './huffman.table';
import { corruptJpeg } from './jpeg-frame.reader';

/**
 * Bits of one entropy-coded segment (between two restart markers), most significant first (T.81 F.2.2.5). Reading
 * past the end yields zero bits, as decoders do to finish a byte; {@link EntropyReader.refuseOverrun} tells whether
 * that happened, and is called once a row rather than once a bit.
 */
export class EntropyReader {
  private position = 0;
  private window = 0;
  private available = 0;

  private constructor(
    private readonly data: Uint8Array,
    private readonly size: number,
  ) {}

  /** Segments of a scan's data, split at restart markers, with stuffed zero bytes removed (T.81 B.1.1.5). */
  static segmentsOf(bytes: Uint8Array, start: number, end: number): EntropyReader[] {
    const plain = new Uint8Array(end - start);
    const readers: EntropyReader[] = [];
    let size = 0;
    let segmentStart = 0;
    for (let at = start; at < end; ) {
      let next = bytes.indexOf(0xff, at);
      if (next < 0 || next >= end) next = end;
      plain.set(bytes.subarray(at, next), size);
      size += next - at;
      at = next;
      if (next === end) break;
      const follower = bytes[next + 1];
      if (follower >= 0xd0 && follower <= 0xd7) {
        readers.push(new EntropyReader(plain.subarray(segmentStart, size), size - segmentStart));
        segmentStart = size;
        at += 2;
      } else if (follower === 0xff) {
        at += 1;
      } else {
        plain[size++] = 0xff;
        at += 2;
      }
    }
    readers.push(new EntropyReader(plain.subarray(segmentStart, size), size - segmentStart));
    return readers;
  }

  /** The next Huffman symbol. Throws `CORRUPT_IMAGE` when no code matches. */
  symbol(table: HuffmanTable): number {
    this.fill();
    const entry = table[(this.window >>> (this.available - 16)) & 0xffff];
    if (entry === 0) throw corruptJpeg('the entropy-coded data holds an unknown code');
    this.available -= entry >>> 8;
    return entry & 0xff;
  }

  /** RECEIVE and EXTEND of T.81 F.2.2.1: a signed difference of `bits` (0–16) magnitude bits. */
  difference(bits: number): number {
    if (bits === 0) return 0;
    this.fill();
    this.available -= bits;
    const value = (this.window >>> this.available) & ((1 << bits) - 1);
    return value < 1 << (bits - 1) ? value - (1 << bits) + 1 : value;
  }

  /** Throws `CORRUPT_IMAGE` when more bits were taken than the segment holds. */
  refuseOverrun(): void {
    if (this.position - (this.available >> 3) > this.size)
      throw corruptJpeg('the entropy-coded data ends too early');
  }

  private fill(): void {
    while (this.available <= 16) {
      this.window = (this.window << 8) | (this.position < this.size ? this.data[this.position] : 0);
      this.position += 1;
      this.available += 8;
    }
  }
}
