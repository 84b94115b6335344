import type { GrayImage, ImageLimits } from '../gray-image';
import { grayLevelsOf, readPipeline } from '../grayscale/gray.renderer';
import { lumaOf } from '../raster/luma';
import { SampledImage } from '../sampled-image';
import { type DicomHeader, readHeader } from './dicom-header';
import { openDicomFile } from './dicom-file.reader';
import type { DecodedSamples } from './decoded-samples';
import { decodePixelData } from './pixel-data.decoder';
import { type PixelFormat, readPixelFormat } from './pixel-format';

/** A DICOM image rendered, with the header that the gate judges. */
export interface DecodedDicom {
  image: GrayImage;
  header: DicomHeader;
}

/**
 * Decodes a Part 10 file to the grey image a workstation first shows; overlays are left out, for a drawing is not
 * part of the anatomy. Throws what {@link openDicomFile}, {@link readPixelFormat} and {@link decodePixelData} throw.
 */
export async function decodeDicom(bytes: Uint8Array, limits: ImageLimits): Promise<DecodedDicom> {
  const file = openDicomFile(bytes, limits);
  const format = readPixelFormat(file.dataSet, limits);
  const pipeline = format.samplesPerPixel === 1 ? readPipeline(file.dataSet, format) : undefined;
  const decoded = await decodePixelData(file, format, limits);
  const { columns: width, rows: height } = format;
  const { samples } = decoded;
  const image = pipeline
    ? new SampledImage(width, height, samples, grayLevelsOf(samples, pipeline))
    : { width, height, pixels: renderColour(decoded, format) };
  return { image, header: readHeader(file) };
}

/** Grey of a colour image: its luma, which YBR pixels already carry as their first sample (PS3.3 C.7.6.3.1.2). */
function renderColour({ samples, layout, colour }: DecodedSamples, format: PixelFormat): Uint8Array {
  if (colour === 'gray') return samples as Uint8Array;
  const pixels = format.columns * format.rows;
  const ybr = colour !== 'rgb' && format.photometric.startsWith('YBR');
  const gray = new Uint8Array(pixels);
  if (layout === 'ybr422') {
    // Y1 Y2 Cb Cr: two pixels in four bytes.
    for (let i = 0; i < pixels; i++) gray[i] = samples[(i >> 1) * 4 + (i & 1)];
    return gray;
  }
  if (ybr) {
    for (let i = 0; i < pixels; i++) gray[i] = samples[layout === 'plane' ? i : i * 3];
    return gray;
  }
  return lumaOf(layout === 'plane' ? interleave(samples as Uint8Array, pixels) : (samples as Uint8Array), 3);
}

function interleave(planes: Uint8Array, pixels: number): Uint8Array {
  const interleaved = new Uint8Array(pixels * 3);
  for (let i = 0; i < pixels; i++) {
    interleaved[i * 3] = planes[i];
    interleaved[i * 3 + 1] = planes[pixels + i];
    interleaved[i * 3 + 2] = planes[pixels * 2 + i];
  }
  return interleaved;
}
