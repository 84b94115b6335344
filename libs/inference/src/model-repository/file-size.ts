import { statSync } from 'node:fs';

/** Bytes of a file; 0 where there is none: opening it says so better. */
export function fileSize(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
}
