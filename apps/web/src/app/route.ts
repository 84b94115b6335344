const READING = /^#\/predictions\/([0-9a-z-]{1,64})$/i;

/** The reading that an address asks for, or null for the empty room. */
export function predictionIdFromHash(hash: string): string | null {
  return READING.exec(hash)?.[1] ?? null;
}

export function readingHash(id: string): string {
  return `#/predictions/${id}`;
}
