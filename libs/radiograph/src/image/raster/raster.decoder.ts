import { refuseBadSize, RefusedImageError } from '../refused-image.error';
import type { GrayImage, ImageLimits } from '../gray-image';
import { checkJpeg } from './jpeg.precheck';
import { checkPng } from './png.precheck';
import { deepToGray } from './deep-gray';
import { firstChannelOf, lumaOf } from './luma';
import { sharp } from './sharp.loader';

/**
 * Decodes a JPEG or PNG to the grey image a viewer shows: EXIF orientation applied, colour reduced to BT.601 luma,
 * alpha and colour profiles ignored (a radiograph's grey values are its data, not a colour), 16-bit samples
 * windowed to the bits they use (see `deepToGray`). The header is checked against `limits` before decoding, and a
 * truncated file is refused rather than half shown. Throws `CORRUPT_IMAGE` or `IMAGE_TOO_LARGE`.
 */
export async function decodeRaster(
  bytes: Uint8Array,
  format: 'jpeg' | 'png',
  limits: ImageLimits,
): Promise<GrayImage> {
  const header = format === 'png' ? checkPng(bytes, limits) : checkJpeg(bytes, limits);
  refuseBadSize(header.width, header.height, limits);
  const input = sharp(bytes, {
    // libjpeg only warns of scan data that stops early and paints the rest grey: on a radiograph that is a wrong image.
    failOn: format === 'jpeg' ? 'warning' : 'error',
    limitInputPixels: limits.maxPixels,
    ignoreIcc: true,
    sequentialRead: true,
  }).autoOrient();
  try {
    return header.deep ? await decodeDeep(input, header.gray) : await decodeShallow(input, header.gray);
  } catch {
    // libvips' message may quote the file; what matters to the sender is that it cannot be decoded.
    throw new RefusedImageError(
      'CORRUPT_IMAGE',
      `The ${format.toUpperCase()} is truncated or damaged: decoding it failed.`,
    );
  }
}

type Pipeline = ReturnType<typeof sharp>;

async function decodeShallow(input: Pipeline, gray: boolean): Promise<GrayImage> {
  const output = input.toColourspace(gray ? 'b-w' : 'srgb').raw({ depth: 'uchar' });
  const { data, info } = await output.toBuffer({ resolveWithObject: true });
  const samples = new Uint8Array(data.buffer, data.byteOffset, data.length);
  const pixels = info.channels >= 3 ? lumaOf(samples, info.channels) : firstChannelOf(samples, info.channels);
  return { width: info.width, height: info.height, pixels };
}

async function decodeDeep(input: Pipeline, gray: boolean): Promise<GrayImage> {
  const output = input.toColourspace(gray ? 'grey16' : 'rgb16').raw({ depth: 'ushort' });
  const { data, info } = await output.toBuffer({ resolveWithObject: true });
  const samples = new Uint16Array(data.buffer, data.byteOffset, data.length / 2);
  const deep = info.channels >= 3 ? lumaOf(samples, info.channels) : firstChannelOf(samples, info.channels);
  return { width: info.width, height: info.height, pixels: deepToGray(deep) };
}
