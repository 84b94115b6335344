import type { DataSetCoding, DicomElement, ElementMap } from './data-set.walker';

/** Longest text this library has a use for; longer values are cut before they are decoded. */
const MAX_TEXT_BYTES = 1024;

/** Typed reading of the attributes a walk found. Absent, empty and unreadable values are all `undefined`. */
export class DataSet {
  constructor(
    readonly bytes: Uint8Array,
    readonly coding: DataSetCoding,
    private readonly elements: ElementMap,
  ) {}

  element(tag: number): DicomElement | undefined {
    return this.elements.get(tag);
  }

  /** Text of a string VR, trimmed of padding (PS3.5 6.2). */
  text(tag: number): string | undefined {
    const element = this.elements.get(tag);
    if (!element || element.length === 0) return undefined;
    const end = element.offset + Math.min(element.length, MAX_TEXT_BYTES);
    let text = '';
    for (let i = element.offset; i < end; i++) text += String.fromCharCode(this.bytes[i]);
    return text.replace(/^[\s\0]+|[\s\0]+$/g, '') || undefined;
  }

  /** Values of a multi-valued string, upper-cased as code strings are. */
  codes(tag: number): string[] {
    return (this.text(tag) ?? '')
      .split('\\')
      .map((value) => value.trim().toUpperCase())
      .filter(Boolean);
  }

  /** Numbers of a DS or IS attribute; what is no number is `undefined` in its place. */
  decimals(tag: number): (number | undefined)[] {
    const text = this.text(tag);
    return text === undefined ? [] : text.split('\\').map(toNumber);
  }

  decimal(tag: number): number | undefined {
    return this.decimals(tag)[0];
  }

  /** The `index`-th 16-bit value of an US, SS or OW attribute. */
  uint16(tag: number, index = 0): number | undefined {
    const element = this.elements.get(tag);
    if (!element || element.length < (index + 1) * 2) return undefined;
    const at = element.offset + index * 2;
    return this.coding.bigEndian
      ? (this.bytes[at] << 8) | this.bytes[at + 1]
      : this.bytes[at] | (this.bytes[at + 1] << 8);
  }

  /** Attributes of the first item of a sequence. */
  firstItem(tag: number): DataSet | undefined {
    const item = this.elements.get(tag)?.item;
    return item && new DataSet(this.bytes, this.coding, item);
  }
}

function toNumber(text: string): number | undefined {
  const trimmed = text.trim();
  const value = Number(trimmed);
  return trimmed === '' || !Number.isFinite(value) ? undefined : value;
}
