import { Context, NativeCodecs } from 'dcmjs-codecs';
import fc from 'fast-check';
import { dicomFile, type DicomFileOptions } from '../../testing/dicom-file';
import { readRadiograph } from '../radiograph.reader';
import { RefusedImageError } from '../refused-image.error';

const COLUMNS = 50;
const ROWS = 37;

type Encoder = 'encodeJpegLs' | 'encodeJpeg2000' | 'encodeHtJpeg2000' | 'encodeJpeg';

function samplesOf(bits: number, components: number): Uint8Array | Uint16Array {
  const count = COLUMNS * ROWS * components;
  const value = (_: unknown, i: number): number => {
    const pixel = Math.floor(i / components);
    const wave = 0.5 + 0.45 * Math.sin(pixel / 40 + (i % components)) * Math.cos((pixel % COLUMNS) / 11);
    return Math.round(wave * (2 ** bits - 1));
  };
  return bits === 8 ? Uint8Array.from({ length: count }, value) : Uint16Array.from({ length: count }, value);
}

function optionsOf(bits: number, components: number): DicomFileOptions {
  return {
    columns: COLUMNS,
    rows: ROWS,
    attributes: {
      BitsAllocated: bits === 8 ? 8 : 16,
      BitsStored: bits,
      HighBit: bits - 1,
      SamplesPerPixel: components,
      PhotometricInterpretation: components === 3 ? 'RGB' : 'MONOCHROME2',
      PlanarConfiguration: components === 3 ? 0 : undefined,
    },
  };
}

async function encode(
  encoder: Encoder,
  bits: number,
  components: number,
  parameters = {},
): Promise<Uint8Array> {
  if (!NativeCodecs.isInitialized()) await NativeCodecs.initializeAsync();
  const samples = samplesOf(bits, components);
  const context = new Context({
    width: COLUMNS,
    height: ROWS,
    bitsAllocated: bits === 8 ? 8 : 16,
    bitsStored: bits,
    samplesPerPixel: components,
    pixelRepresentation: 0,
    planarConfiguration: 0,
    photometricInterpretation: components === 3 ? 'RGB' : 'MONOCHROME2',
    decodedBuffer: new Uint8Array(samples.buffer),
  });
  return NativeCodecs[encoder](context, { lossy: false, ...parameters }).getEncodedBuffer() as Uint8Array;
}

const CASES: [string, Encoder, string, object?][] = [
  ['JPEG-LS', 'encodeJpegLs', '1.2.840.10008.1.2.4.80'],
  ['JPEG 2000', 'encodeJpeg2000', '1.2.840.10008.1.2.4.90'],
  ['HTJ2K', 'encodeHtJpeg2000', '1.2.840.10008.1.2.4.201'],
];

describe('codecs in WebAssembly', () => {
  describe.each(CASES)('%s', (_name, encoder, transferSyntaxUid) => {
    it.each([
      [8, 1],
      [12, 1],
      [16, 1],
      [8, 3],
    ])('decodes %i bits × %i components to the original', async (bits, components) => {
      const options = optionsOf(bits, components);
      const original = await readRadiograph(dicomFile({ ...options, pixels: samplesOf(bits, components) }));
      const frame = await encode(encoder, bits, components);
      const decoded = await readRadiograph(dicomFile({ ...options, transferSyntaxUid, pixels: { frame } }));
      expect(decoded.image).toEqual(original.image);
    });

    it('refuses a truncated frame', async () => {
      const frame = await encode(encoder, 12, 1);
      const cut = frame.slice(0, Math.floor(frame.length * 0.6));
      const reading = readRadiograph(
        dicomFile({ ...optionsOf(12, 1), transferSyntaxUid, pixels: { frame: cut } }),
      );
      await expect(reading).rejects.toMatchObject({ code: 'CORRUPT_IMAGE' });
    });

    it('refuses a frame of another size, depth or colour than the header says', async () => {
      const frame = await encode(encoder, 12, 1);
      const read = (options: DicomFileOptions): Promise<unknown> =>
        readRadiograph(dicomFile({ ...options, transferSyntaxUid, pixels: { frame } }));
      await expect(read({ ...optionsOf(12, 1), columns: COLUMNS + 1 })).rejects.toMatchObject({
        code: 'CORRUPT_IMAGE',
      });
      await expect(read(optionsOf(8, 1))).rejects.toMatchObject({ code: 'CORRUPT_IMAGE' });
      await expect(read(optionsOf(8, 3))).rejects.toMatchObject({ code: 'CORRUPT_IMAGE' });
    });
  });

  it('reads JPEG 2000 lossy close to the original', async () => {
    const original = await readRadiograph(dicomFile({ ...optionsOf(12, 1), pixels: samplesOf(12, 1) }));
    const frame = await encode('encodeJpeg2000', 12, 1, { lossy: true, rate: 5 });
    const lossy = await readRadiograph(
      dicomFile({ ...optionsOf(12, 1), transferSyntaxUid: '1.2.840.10008.1.2.4.91', pixels: { frame } }),
    );
    const differences = lossy.image.pixels.map((pixel, i) => Math.abs(pixel - original.image.pixels[i]));
    expect(Math.max(...differences)).toBeLessThanOrEqual(8);
  });

  it('survives damaged frames, and decodes the next good one', async () => {
    const frames = await Promise.all(
      [...CASES, ['JPEG Lossless', 'encodeJpeg', '1.2.840.10008.1.2.4.70'] as const].map(
        async ([, encoder, uid]) => ({
          uid,
          frame: await encode(encoder, 12, 1),
        }),
      ),
    );
    const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...frames),
        changes,
        fc.boolean(),
        async ({ uid, frame }, edits, early) => {
          const bytes = frame.slice();
          const reach = early ? Math.min(120, bytes.length) : bytes.length;
          for (const [at, value] of edits) bytes[at % reach] = value;
          const started = performance.now();
          await readRadiograph(
            dicomFile({ ...optionsOf(12, 1), transferSyntaxUid: uid, pixels: { frame: bytes } }),
          ).catch((error: unknown) => {
            if (!(error instanceof RefusedImageError)) throw error;
          });
          expect(performance.now() - started).toBeLessThan(2000);
        },
      ),
      { numRuns: 60 },
    );
    for (const { uid, frame } of frames) {
      const { image } = await readRadiograph(
        dicomFile({ ...optionsOf(12, 1), transferSyntaxUid: uid, pixels: { frame } }),
      );
      expect(image.width).toBe(COLUMNS);
    }
  }, 30_000);
});
