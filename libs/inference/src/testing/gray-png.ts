import { encodePng } from '@thorax/radiograph';

/** A PNG of one gray level, 0–255. */
export function grayPng(level: number, width = 128, height = width): Promise<Uint8Array> {
  return encodePng({ width, height, pixels: new Uint8Array(width * height).fill(level) });
}
