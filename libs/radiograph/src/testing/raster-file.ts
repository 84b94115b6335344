import { sharp } from '../image/raster/sharp.loader';

/** What a raster file shows; by default a grey ramp of 64 × 80 pixels. */
export interface RasterFileOptions {
  width?: number;
  height?: number;
  /** Samples by pixel, `width * height * channels` of them; 16-bit samples are for PNG only. */
  samples?: Uint8Array | Uint16Array;
  channels?: 1 | 2 | 3 | 4;
  /** EXIF orientation, 1–8; JPEG only. */
  orientation?: number;
  /** JPEG quality, 1–100. */
  quality?: number;
}

/** A valid PNG, 8 bits a sample, or 16 when `samples` is a `Uint16Array`. */
export async function pngFile(options: RasterFileOptions = {}): Promise<Uint8Array> {
  const { image, gray, deep } = pipeline(options);
  return image
    .toColourspace(gray ? (deep ? 'grey16' : 'b-w') : deep ? 'rgb16' : 'srgb')
    .png()
    .toBuffer();
}

/** A valid baseline JPEG. */
export async function jpegFile(options: RasterFileOptions = {}): Promise<Uint8Array> {
  const { image, gray } = pipeline(options);
  const oriented =
    options.orientation === undefined ? image : image.withMetadata({ orientation: options.orientation });
  return oriented
    .toColourspace(gray ? 'b-w' : 'srgb')
    .jpeg({ quality: options.quality ?? 95 })
    .toBuffer();
}

function pipeline(options: RasterFileOptions): {
  image: ReturnType<typeof sharp>;
  gray: boolean;
  deep: boolean;
} {
  const { width = 64, height = 80, channels = 1 } = options;
  const samples = options.samples ?? ramp(width, height, channels);
  return {
    image: sharp(samples, { raw: { width, height, channels } }),
    gray: channels <= 2,
    deep: samples instanceof Uint16Array,
  };
}

function ramp(width: number, height: number, channels: number): Uint8Array {
  const samples = new Uint8Array(width * height * channels);
  for (let i = 0; i < samples.length; i++) {
    const pixel = Math.floor(i / channels);
    samples[i] = Math.round((((pixel % width) + Math.floor(pixel / width)) * 255) / (width + height - 2));
  }
  return samples;
}
