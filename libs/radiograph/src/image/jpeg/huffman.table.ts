import { corruptJpeg } from './jpeg-frame.reader';

/** Codes of up to 16 bits looked up at once: `entry = length << 8 | symbol`, 0 where no code begins so. */
export type HuffmanTable = Uint16Array;

/** Tables defined by DHT segments, keyed by `class << 4 | destination` (T.81 B.2.4.2). */
export type HuffmanTables = Map<number, HuffmanTable>;

/** Adds the tables of one DHT payload to `tables`. Throws `CORRUPT_IMAGE` when it is over-subscribed or cut short. */
export function readHuffmanTables(segment: Uint8Array, tables: HuffmanTables): void {
  let at = 0;
  while (at < segment.length) {
    if (at + 17 > segment.length) throw corruptJpeg('a Huffman table is cut short');
    const counts = segment.subarray(at + 1, at + 17);
    const total = counts.reduce((sum, count) => sum + count, 0);
    if (total > 256 || at + 17 + total > segment.length) throw corruptJpeg('a Huffman table is cut short');
    tables.set(segment[at], buildTable(counts, segment.subarray(at + 17, at + 17 + total)));
    at += 17 + total;
  }
}

function buildTable(counts: Uint8Array, symbols: Uint8Array): HuffmanTable {
  const table = new Uint16Array(65536);
  let code = 0;
  let next = 0;
  for (let length = 1; length <= 16; length++) {
    const span = 1 << (16 - length);
    for (let i = 0; i < counts[length - 1]; i++) {
      if (code + span > 65536) throw corruptJpeg('a Huffman table has more codes than fit');
      table.fill((length << 8) | symbols[next++], code, code + span);
      code += span;
    }
  }
  return table;
}
