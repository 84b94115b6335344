import { deflateSync } from 'node:zlib';
import { jpegFile, pngFile } from '../../testing/raster-file';
import { concatenate } from '../../testing/dicom.writer';
import { pngChunk } from '../../testing/hostile-file';
import { DEFAULT_IMAGE_LIMITS } from '../gray-image';
import { sharp } from './sharp.loader';
import { decodeRaster } from './raster.decoder';

const LIMITS = DEFAULT_IMAGE_LIMITS;
const WIDTH = 4;
const HEIGHT = 3;
const GRAYS = Uint8Array.of(0, 1, 50, 127, 128, 200, 254, 255, 10, 20, 30, 40);

async function pixelsOf(bytes: Uint8Array, format: 'jpeg' | 'png' = 'png'): Promise<number[]> {
  return [...(await decodeRaster(new Uint8Array(bytes), format, LIMITS)).pixels];
}

/** A PNG written by hand, for the forms that sharp does not write. */
function pngBytes(bits: number, colourType: number, rows: number[][], extra: Uint8Array[] = []): Uint8Array {
  const header = new DataView(new ArrayBuffer(13));
  const samples = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }[colourType] as number;
  header.setUint32(0, Math.floor((rows[0].length * 8) / (bits * samples)));
  header.setUint32(4, rows.length);
  header.setUint8(8, bits);
  header.setUint8(9, colourType);
  const scanlines = Uint8Array.from(rows.flatMap((row) => [0, ...row]));
  return concatenate([
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    pngChunk('IHDR', new Uint8Array(header.buffer)),
    ...extra,
    pngChunk('IDAT', deflateSync(scanlines)),
    pngChunk('IEND', new Uint8Array(0)),
  ]);
}

/** Big-endian bytes of 16-bit samples, as PNG stores them. */
function deepRow(...samples: number[]): number[] {
  return samples.flatMap((sample) => [sample >> 8, sample & 255]);
}

describe('PNG', () => {
  it('keeps 8-bit grey as it is, with and without alpha', async () => {
    expect(await pixelsOf(await pngFile({ width: WIDTH, height: HEIGHT, samples: GRAYS }))).toEqual([
      ...GRAYS,
    ]);
    const withAlpha = Uint8Array.from([...GRAYS].flatMap((gray, i) => [gray, i * 20]));
    expect(
      await pixelsOf(await pngFile({ width: WIDTH, height: HEIGHT, channels: 2, samples: withAlpha })),
    ).toEqual([...GRAYS]);
  });

  it('reduces colour to luma, and R = G = B to itself', async () => {
    const gray = Uint8Array.from([...GRAYS].flatMap((value) => [value, value, value]));
    expect(
      await pixelsOf(await pngFile({ width: WIDTH, height: HEIGHT, channels: 3, samples: gray })),
    ).toEqual([...GRAYS]);
    const primaries = Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 0);
    expect(await pixelsOf(await pngFile({ width: 4, height: 1, channels: 3, samples: primaries }))).toEqual([
      76, 150, 29, 226,
    ]);
  });

  it('expands a palette', async () => {
    const palette = pngChunk('PLTE', Uint8Array.of(0, 0, 0, 100, 100, 100, 255, 255, 255));
    expect(await pixelsOf(pngBytes(8, 3, [[0, 1, 2]], [palette]))).toEqual([0, 100, 255]);
  });

  it('expands 1 bit to black and white', async () => {
    expect(await pixelsOf(pngBytes(1, 0, [[0b10100000]]))).toEqual([255, 0, 255, 0, 0, 0, 0, 0]);
  });

  it.each([
    ['full range: divided by 257', [0, 257, 32768, 65535], [0, 1, 128, 255]],
    ['12 bits in 16: 4095 is white', [0, 2048, 4095], [0, 128, 255]],
    ['10 bits in 16: 1023 is white', [0, 512, 1000], [0, 128, 249]],
    ['8 bits in 16: as they are', [0, 7, 255], [0, 7, 255]],
    ['dark 8 bits in 16: not stretched', [0, 7, 20], [0, 7, 20]],
  ])('reads 16-bit grey of %s', async (_name, samples, expected) => {
    expect(await pixelsOf(pngBytes(16, 0, [deepRow(...samples)]))).toEqual(expected);
  });

  it('reads 16-bit colour', async () => {
    expect(
      await pixelsOf(pngBytes(16, 2, [deepRow(65535, 65535, 65535, 257, 257, 257, 65535, 0, 0)])),
    ).toEqual([255, 1, 76]);
  });

  it('ignores a colour profile and a gamma', async () => {
    const gamma = pngChunk('gAMA', Uint8Array.of(0, 1, 0x86, 0xa0)); // 1.0
    expect(await pixelsOf(pngBytes(8, 0, [[0, 90, 180, 255]], [gamma]))).toEqual([0, 90, 180, 255]);
  });

  it('refuses a large metadata chunk before decoding', async () => {
    const text = pngChunk('zTXt', new Uint8Array(1024 * 1024 + 1));
    await expect(pixelsOf(pngBytes(8, 0, [[1]], [text]))).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE' });
  });
});

describe('JPEG', () => {
  it('decodes grey and colour to the same luma', async () => {
    const gray = await decodeRaster(new Uint8Array(await jpegFile({ quality: 100 })), 'jpeg', LIMITS);
    expect([gray.width, gray.height]).toEqual([64, 80]);
    const colour = await decodeRaster(
      new Uint8Array(await jpegFile({ quality: 100, channels: 3 })),
      'jpeg',
      LIMITS,
    );
    const differences = gray.pixels.map((value, i) => Math.abs(value - colour.pixels[i]));
    expect(Math.max(...differences)).toBeLessThanOrEqual(1);
  });

  it('applies the EXIF orientation', async () => {
    // Left half black, right half white, turned a quarter clockwise for display (6): top black, bottom white.
    const samples = Uint8Array.from({ length: 32 * 16 }, (_, i) => (i % 32 < 16 ? 0 : 255));
    const image = await decodeRaster(
      new Uint8Array(await jpegFile({ width: 32, height: 16, samples, orientation: 6 })),
      'jpeg',
      LIMITS,
    );
    expect([image.width, image.height]).toEqual([16, 32]);
    expect(image.pixels[8]).toBeLessThan(5);
    expect(image.pixels[31 * 16 + 8]).toBeGreaterThan(250);
  });

  it('reads a progressive and a CMYK file', async () => {
    const raw = sharp(new Uint8Array(48), { raw: { width: 4, height: 4, channels: 3 } });
    expect(
      (
        await decodeRaster(
          new Uint8Array(await raw.clone().jpeg({ progressive: true }).toBuffer()),
          'jpeg',
          LIMITS,
        )
      ).width,
    ).toBe(4);
    const cmyk = new Uint8Array(await raw.clone().toColourspace('cmyk').jpeg().toBuffer());
    expect(Math.max(...(await decodeRaster(cmyk, 'jpeg', LIMITS)).pixels)).toBeLessThan(60);
  });

  it('refuses what is cut off, even with an end marker put behind the cut', async () => {
    const whole = new Uint8Array(await jpegFile({ width: 300, height: 300 }));
    const half = whole.subarray(0, Math.floor(whole.length * 0.6));
    await expect(pixelsOf(half, 'jpeg')).rejects.toMatchObject({ code: 'CORRUPT_IMAGE' });
    await expect(pixelsOf(concatenate([half, Uint8Array.of(0xff, 0xd9)]), 'jpeg')).rejects.toMatchObject({
      code: 'CORRUPT_IMAGE',
    });
  });

  it('refuses a header beyond the limits', async () => {
    const bytes = new Uint8Array(await jpegFile());
    await expect(decodeRaster(bytes, 'jpeg', { ...LIMITS, maxSidePx: 79 })).rejects.toMatchObject({
      code: 'IMAGE_TOO_LARGE',
    });
    await expect(decodeRaster(bytes, 'jpeg', { ...LIMITS, maxPixels: 5000 })).rejects.toMatchObject({
      code: 'IMAGE_TOO_LARGE',
    });
  });
});

it('no other loader is left in the process', async () => {
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"></svg>');
  await expect(sharp(svg).raw().toBuffer()).rejects.toThrow();
  const tiff = await sharp(new Uint8Array(16), { raw: { width: 4, height: 4, channels: 1 } })
    .tiff()
    .toBuffer();
  await expect(sharp(tiff).raw().toBuffer()).rejects.toThrow();
});
