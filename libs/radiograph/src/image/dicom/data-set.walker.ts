import { RefusedImageError } from '../refused-image.error';
import { READ_SEQUENCES, READ_TAGS, Tag } from './dicom.tag';

/** Where one attribute's value lies in the bytes; a sequence carries the attributes of its first item. */
export interface DicomElement {
  readonly vr: string;
  readonly offset: number;
  readonly length: number;
  readonly item?: ElementMap;
  /** Pixel data in fragments (PS3.5 A.4); `offset` is the first item tag. */
  readonly encapsulated?: boolean;
}
export type ElementMap = Map<number, DicomElement>;

/** How the walked bytes are coded (PS3.5 7.1). */
export interface DataSetCoding {
  readonly implicit: boolean;
  readonly bigEndian: boolean;
}

const MAX_DEPTH = 16;
const MAX_ELEMENTS = 200_000;
const UNDEFINED_LENGTH = 0xffffffff;
const ITEM = 0xfffee000;
const ITEM_END = 0xfffee00d;
const SEQUENCE_END = 0xfffee0dd;
/** Explicit VRs with a two-byte length (PS3.5 table 7.1-2); every other one, future ones included, has four. */
const SHORT_VRS = new Set('AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US'.split(' '));

/**
 * A strict walk over a DICOM data set that only notes where the attributes named in `dicom.tag.ts` lie. Nothing else
 * is decoded or copied, so memory does not grow with the file, and time is bounded by the element and depth limits.
 * Throws `CORRUPT_IMAGE` when a length runs past its container, nesting is deeper than 16, or there are more than
 * 200,000 elements.
 */
export class DataSetWalker {
  private readonly view: DataView;
  private elements = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly coding: DataSetCoding,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Attributes from `start` up to and including Pixel Data, or to the end of the bytes. */
  walk(start: number): ElementMap {
    const found: ElementMap = new Map();
    let at = start;
    while (at + 8 <= this.bytes.length) {
      const header = this.readHeader(at, this.bytes.length, this.coding.implicit);
      if (header.tag === Tag.PixelData) {
        found.set(header.tag, this.pixelDataOf(header));
        return found;
      }
      at = this.pass(header, this.bytes.length, this.coding.implicit, 0, found);
    }
    if (at !== this.bytes.length) throw corrupt('the data set ends inside an attribute');
    return found;
  }

  /** The file meta group (PS3.10 7.1): group 0002 from byte 132, always Explicit VR Little Endian. */
  static walkFileMeta(bytes: Uint8Array): { found: ElementMap; end: number } {
    const walker = new DataSetWalker(bytes, { implicit: false, bigEndian: false });
    const found: ElementMap = new Map();
    let at = 132;
    while (at + 8 <= bytes.length && walker.view.getUint16(at, true) === 2) {
      at = walker.pass(walker.readHeader(at, bytes.length, false), bytes.length, false, 0, found);
    }
    return { found, end: at };
  }

  private pixelDataOf(header: ElementHeader): DicomElement {
    if (header.length === UNDEFINED_LENGTH) {
      return {
        vr: header.vr,
        offset: header.offset,
        length: this.bytes.length - header.offset,
        encapsulated: true,
      };
    }
    if (header.offset + header.length > this.bytes.length)
      throw corrupt('the pixel data is longer than the file');
    return { vr: header.vr, offset: header.offset, length: header.length };
  }

  /** Notes or skips the element and returns where the next one begins. */
  private pass(
    header: ElementHeader,
    end: number,
    implicit: boolean,
    depth: number,
    found: ElementMap,
  ): number {
    const { tag, vr, offset, length } = header;
    const wanted = READ_SEQUENCES.has(tag) && depth === 0;
    if (length === UNDEFINED_LENGTH || wanted) {
      const bounded = length === UNDEFINED_LENGTH ? end : offset + length;
      if (bounded > end) throw corrupt('a sequence is longer than what holds it');
      // PS3.5 6.2.2: an UN of undefined length is coded as Implicit VR Little Endian.
      const inner: ElementMap = new Map();
      const next = this.passItems(
        offset,
        bounded,
        length === UNDEFINED_LENGTH,
        implicit || vr === 'UN',
        depth + 1,
        inner,
      );
      if (wanted && inner.size > 0 && !found.has(tag))
        found.set(tag, { vr: 'SQ', offset, length: next - offset, item: inner });
      return next;
    }
    if (offset + length > end) throw corrupt('an attribute is longer than what holds it');
    if (READ_TAGS.has(tag) && !found.has(tag)) found.set(tag, { vr, offset, length });
    return offset + length;
  }

  /** Walks the items of a sequence; the attributes of the first go into `first`. Returns where the sequence ends. */
  private passItems(
    start: number,
    end: number,
    delimited: boolean,
    implicit: boolean,
    depth: number,
    first: ElementMap,
  ): number {
    if (depth > MAX_DEPTH) throw corrupt(`sequences are nested more than ${MAX_DEPTH} deep`);
    let at = start;
    let items = 0;
    while (at + 8 <= end) {
      const tag = this.tagAt(at);
      const length = this.uint32At(at + 4);
      this.count();
      at += 8;
      if (tag === SEQUENCE_END && delimited) return at;
      if (tag !== ITEM) throw corrupt('a sequence holds something that is no item');
      at = this.passItem(at, end, length, implicit, depth, items === 0 ? first : new Map());
      items += 1;
    }
    if (delimited || at !== end) throw corrupt('a sequence ends too early');
    return at;
  }

  private passItem(
    start: number,
    end: number,
    length: number,
    implicit: boolean,
    depth: number,
    found: ElementMap,
  ): number {
    const delimited = length === UNDEFINED_LENGTH;
    const itemEnd = delimited ? end : start + length;
    if (itemEnd > end) throw corrupt('an item is longer than its sequence');
    let at = start;
    while (at + 8 <= itemEnd) {
      if (delimited && this.tagAt(at) === ITEM_END) return at + 8;
      at = this.pass(this.readHeader(at, itemEnd, implicit), itemEnd, implicit, depth, found);
    }
    if (delimited || at !== itemEnd) throw corrupt('an item ends too early');
    return at;
  }

  private readHeader(at: number, end: number, implicit: boolean): ElementHeader {
    this.count();
    const tag = this.tagAt(at);
    if (implicit) return { tag, vr: '', offset: at + 8, length: this.uint32At(at + 4) };
    const vr = String.fromCharCode(this.bytes[at + 4], this.bytes[at + 5]);
    if (!/^[A-Z]{2}$/.test(vr)) throw corrupt('an attribute has no value representation');
    if (SHORT_VRS.has(vr))
      return { tag, vr, offset: at + 8, length: this.view.getUint16(at + 6, !this.coding.bigEndian) };
    if (at + 12 > end) throw corrupt('the data set ends inside an attribute');
    return { tag, vr, offset: at + 12, length: this.uint32At(at + 8) };
  }

  private tagAt(at: number): number {
    const little = !this.coding.bigEndian;
    return this.view.getUint16(at, little) * 0x10000 + this.view.getUint16(at + 2, little);
  }

  private uint32At(at: number): number {
    return this.view.getUint32(at, !this.coding.bigEndian);
  }

  private count(): void {
    if (++this.elements > MAX_ELEMENTS) throw corrupt(`it has more than ${MAX_ELEMENTS} attributes`);
  }
}

interface ElementHeader {
  tag: number;
  vr: string;
  offset: number;
  length: number;
}

function corrupt(what: string): RefusedImageError {
  return new RefusedImageError('CORRUPT_IMAGE', `The DICOM file is damaged: ${what}.`);
}
