import type { GrayImage } from '../gray-image';
import { sharp } from '../raster/sharp.loader';

/** Encodes an image as an 8-bit grey PNG; decoding it gives back the same pixels. */
export async function encodePng(image: GrayImage): Promise<Uint8Array> {
  const raw = { width: image.width, height: image.height, channels: 1 as const };
  return sharp(image.pixels, { raw }).toColourspace('b-w').png({ compressionLevel: 6 }).toBuffer();
}
