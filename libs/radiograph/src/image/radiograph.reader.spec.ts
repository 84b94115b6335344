import fc from 'fast-check';
import { dicomFile } from '../testing/dicom-file';
import { hostileDicom, pngBombHeader, pngDecompressionBomb } from '../testing/hostile-file';
import { jpegFile, pngFile } from '../testing/raster-file';
import { inSharedMemory } from '../testing/shared-memory';
import { readDicomHeader, readRadiograph } from './radiograph.reader';
import { RefusedImageError, type RefusalCode } from './refused-image.error';

/** Generous for a busy machine; the slowest takes a tenth of it. */
const MAX_REFUSAL_MS = 2000;

async function refusalOf(bytes: Uint8Array): Promise<RefusedImageError> {
  const started = performance.now();
  const error: unknown = await readRadiograph(bytes).then(
    () => new Error('was read'),
    (thrown: unknown) => thrown,
  );
  expect(performance.now() - started).toBeLessThan(MAX_REFUSAL_MS);
  if (!(error instanceof RefusedImageError)) throw error;
  return error;
}

describe('readRadiograph', () => {
  it('recognises each format by its bytes', async () => {
    expect(await readRadiograph(await jpegFile())).toMatchObject({
      source: 'jpeg',
      image: { width: 64, height: 80 },
    });
    expect(await readRadiograph(await pngFile())).toMatchObject({
      source: 'png',
      image: { width: 64, height: 80 },
    });
    const dicom = await readRadiograph(dicomFile());
    expect(dicom).toMatchObject({
      source: 'dicom',
      image: { width: 64, height: 80 },
      header: { modality: 'CR', viewPosition: 'PA' },
    });
  });

  it('gives the same grey for the same radiograph in any format', async () => {
    const samples = Uint8Array.from({ length: 64 * 80 }, (_, i) => i % 256);
    const png = await readRadiograph(await pngFile({ samples }));
    const attributes = { BitsAllocated: 8, BitsStored: 8, HighBit: 7 };
    const dicom = await readRadiograph(dicomFile({ pixels: samples, attributes }));
    expect(dicom.image.pixels).toEqual(png.image.pixels);
  });

  it('reads from a view into a larger buffer', async () => {
    const file = dicomFile();
    const shifted = new Uint8Array(file.length + 7);
    shifted.set(file, 3);
    const direct = await readRadiograph(file);
    expect((await readRadiograph(shifted.subarray(3, 3 + file.length))).image).toEqual(direct.image);
    expect((await readRadiograph(Buffer.from(file))).image).toEqual(direct.image);
  });

  it.each<[string, () => Promise<Uint8Array> | Uint8Array]>([
    ['JPEG', () => jpegFile()],
    ['PNG', () => pngFile()],
    ['DICOM', () => dicomFile()],
    ['deflated DICOM', () => dicomFile({ transferSyntaxUid: '1.2.840.10008.1.2.1.99' })],
  ])('reads %s from shared memory, where it lies', async (_name, make) => {
    const file = await make();
    const shared = inSharedMemory(file);
    const { image } = await readRadiograph(shared);
    expect(image.pixels).toEqual((await readRadiograph(file)).image.pixels);
    expect(shared).toEqual(file);
  });

  it.each<[string, () => Uint8Array, RefusalCode]>([
    ['nothing', () => new Uint8Array(0), 'EMPTY_IMAGE'],
    ['text', () => new TextEncoder().encode('I am a photograph. '.repeat(50)), 'UNSUPPORTED_IMAGE_FORMAT'],
    ['a TIFF', () => Uint8Array.of(0x49, 0x49, 0x2a, 0, 8, 0, 0, 0), 'UNSUPPORTED_IMAGE_FORMAT'],
    ['a GIF', () => new TextEncoder().encode('GIF89a      '), 'UNSUPPORTED_IMAGE_FORMAT'],
    [
      'an SVG',
      () => new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg"/>'),
      'UNSUPPORTED_IMAGE_FORMAT',
    ],
    ['a WebP', () => new TextEncoder().encode('RIFF    WEBPVP8 '), 'UNSUPPORTED_IMAGE_FORMAT'],
    ['a PNG header of 60,000 × 60,000', () => pngBombHeader(), 'IMAGE_TOO_LARGE'],
    ['a decompression bomb', () => pngDecompressionBomb(), 'IMAGE_TOO_LARGE'],
    ['Rows = Columns = 65535', hostileDicom.hugeWithoutPixels, 'IMAGE_TOO_LARGE'],
    ['a 2 GB length', hostileDicom.twoGigabyteLength, 'CORRUPT_IMAGE'],
    ['20,000 nested sequences', hostileDicom.nestedSequences, 'CORRUPT_IMAGE'],
    ['500,000 attributes', hostileDicom.manyElements, 'CORRUPT_IMAGE'],
    ['a deflate bomb', hostileDicom.deflateBomb, 'IMAGE_TOO_LARGE'],
    ['a truncated DICOM file', hostileDicom.truncated, 'CORRUPT_IMAGE'],
    ['a codestream of another size', hostileDicom.codestreamOfAnotherSize, 'CORRUPT_IMAGE'],
    ['fragments without end', hostileDicom.endlessFragments, 'CORRUPT_IMAGE'],
    ['a DICOM file without pixels', () => dicomFile({ pixels: null }), 'NO_PIXEL_DATA'],
    [
      'a report',
      () => dicomFile({ pixels: null, attributes: { Rows: undefined, Columns: undefined } }),
      'NO_PIXEL_DATA',
    ],
    [
      'MPEG-4',
      () => dicomFile({ transferSyntaxUid: '1.2.840.10008.1.2.4.102' }),
      'UNSUPPORTED_TRANSFER_SYNTAX',
    ],
    ['several frames', () => dicomFile({ attributes: { NumberOfFrames: '2' } }), 'SEVERAL_FRAMES'],
    [
      'PALETTE COLOR',
      () => dicomFile({ attributes: { PhotometricInterpretation: 'PALETTE COLOR' } }),
      'UNSUPPORTED_PIXEL_FORMAT',
    ],
    ['32 bits allocated', () => dicomFile({ attributes: { BitsAllocated: 32 } }), 'UNSUPPORTED_PIXEL_FORMAT'],
    ['more bits stored than allocated', () => dicomFile({ attributes: { BitsStored: 17 } }), 'CORRUPT_IMAGE'],
    ['0 rows', () => dicomFile({ attributes: { Rows: 0 } }), 'CORRUPT_IMAGE'],
  ])('refuses %s', async (_name, make, code) => {
    const refusal = await refusalOf(make());
    expect(refusal.code).toBe(code);
    expect(refusal.remedy).not.toBe('');
  });

  it('refuses by its own limits', async () => {
    await expect(readRadiograph(dicomFile(), { maxBytes: 100 })).rejects.toMatchObject({
      code: 'IMAGE_TOO_LARGE',
    });
    await expect(readRadiograph(dicomFile(), { maxPixels: 100 })).rejects.toMatchObject({
      code: 'IMAGE_TOO_LARGE',
    });
  });

  it('gives a refusal that survives a worker boundary', async () => {
    const refusal = await refusalOf(new Uint8Array(0));
    const across = RefusedImageError.fromJSON(structuredClone(refusal.toJSON()));
    expect(across).toBeInstanceOf(RefusedImageError);
    expect(across.toJSON()).toEqual(refusal.toJSON());
  });

  it('reads an 8-bit RGB or YBR capture as its luma', async () => {
    const attributes = {
      BitsAllocated: 8,
      BitsStored: 8,
      HighBit: 7,
      SamplesPerPixel: 3,
      PlanarConfiguration: 0,
    };
    const colour = async (photometric: string, pixels: number[], planar = 0): Promise<number[]> => {
      const file = dicomFile({
        columns: 2,
        rows: 1,
        pixels: Uint8Array.from(pixels),
        attributes: { ...attributes, PhotometricInterpretation: photometric, PlanarConfiguration: planar },
      });
      return [...(await readRadiograph(file)).image.pixels];
    };
    expect(await colour('RGB', [255, 0, 0, 9, 9, 9])).toEqual([76, 9]);
    expect(await colour('RGB', [255, 9, 0, 9, 0, 9], 1)).toEqual([76, 9]);
    expect(await colour('YBR_FULL', [76, 85, 255, 9, 128, 128])).toEqual([76, 9]);
    expect(await colour('YBR_FULL_422', [76, 9, 128, 128])).toEqual([76, 9]);
  });
});

describe('readDicomHeader', () => {
  it('reads technical attributes and an age, never a date or a name', () => {
    const attributes = {
      PatientAge: undefined,
      PatientBirthDate: '19700615',
      StudyDate: '20240614',
      PixelSpacing: '0.15\\0.15',
    };
    const header = readDicomHeader(dicomFile({ attributes }));
    expect(header).toMatchObject({
      patientAgeYears: 53,
      pixelSpacingMm: [0.15, 0.15],
      bitsStored: 12,
      numberOfFrames: 1,
    });
    expect(JSON.stringify(header)).not.toMatch(/1970|2024/);
  });

  it.each([
    ['054Y', 54],
    ['023M', 1],
    ['104W', 1],
    ['006D', 0],
  ])('reads age %s as %i years', (PatientAge, years) => {
    expect(readDicomHeader(dicomFile({ attributes: { PatientAge } }))?.patientAgeYears).toBe(years);
  });

  it('reads the view code', () => {
    const ViewCodeSequence = [{ CodeValue: '399173006', CodingSchemeDesignator: 'SCT' }];
    expect(readDicomHeader(dicomFile({ attributes: { ViewCodeSequence } }))?.viewCode).toBe('399173006');
  });

  it('knows nothing of a PNG', async () => {
    expect(readDicomHeader(await pngFile())).toBeUndefined();
  });
});

describe('readRadiograph on damaged files', () => {
  it('throws nothing but RefusedImageError, in bounded time', async () => {
    const files = [
      dicomFile(),
      dicomFile({
        transferSyntaxUid: '1.2.840.10008.1.2',
        attributes: { VOILUTSequence: [{ LUTDescriptor: [16, 0, 8], LUTData: Array(16).fill(9) }] },
      }),
      dicomFile({ transferSyntaxUid: '1.2.840.10008.1.2.1.99' }),
      dicomFile({
        pixels: { frame: await jpegFile() },
        transferSyntaxUid: '1.2.840.10008.1.2.4.50',
        attributes: { BitsAllocated: 8, BitsStored: 8, HighBit: 7 },
      }),
      new Uint8Array(await jpegFile()),
      new Uint8Array(await pngFile()),
    ];
    const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
    const mutation = fc.record({
      file: fc.constantFrom(...files),
      changes: fc.array(change, { minLength: 1, maxLength: 12 }),
      early: fc.boolean(),
      cut: fc.option(fc.nat(), { freq: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(mutation, async ({ file, changes, early, cut }) => {
        const bytes = Uint8Array.from(cut === null ? file : file.subarray(0, cut % file.length));
        // Headers are where damage does most: half of the time only they are hit.
        const reach = early ? Math.min(bytes.length, 700) : bytes.length;
        if (reach > 0) for (const [at, value] of changes) bytes[at % reach] = value;
        const started = performance.now();
        await readRadiograph(bytes).catch((error: unknown) => {
          if (!(error instanceof RefusedImageError)) throw error;
        });
        expect(performance.now() - started).toBeLessThan(MAX_REFUSAL_MS);
      }),
      { numRuns: 1500 },
    );
  }, 30_000);
});
