/** How a stored value sits in a sample (PS3.5 8.1.1). */
export interface StoredFormat {
  readonly bitsStored: number;
  readonly highBit: number;
  readonly signed: boolean;
}

/** Position of the stored value's lowest bit in the sample. */
export function shiftOf(format: StoredFormat): number {
  return format.highBit + 1 - format.bitsStored;
}

/** Stored value of a code of `bitsStored` bits: itself, or two's complement when signed. */
export function storedValue(code: number, format: StoredFormat): number {
  const sign = 2 ** (format.bitsStored - 1);
  return format.signed && code >= sign ? code - 2 * sign : code;
}
