import { dicomFile } from '../../testing/dicom-file';
import type { DicomAttributes } from '../../testing/dicom.writer';
import { readRadiograph } from '../radiograph.reader';

async function grays(samples: number[], attributes: DicomAttributes = {}): Promise<number[]> {
  const file = dicomFile({ columns: samples.length, rows: 1, pixels: Uint16Array.from(samples), attributes });
  return [...(await readRadiograph(file)).image.pixels];
}

const LUT: DicomAttributes = { VOILUTSequence: [{ LUTDescriptor: [4, 10, 8], LUTData: [0, 51, 204, 255] }] };

describe('the order and the choices of the grayscale pipeline', () => {
  it('without a window, the used range becomes black to white', async () => {
    expect(await grays([100, 150, 200])).toEqual([0, 128, 255]);
  });

  it('leaves padding out of the used range', async () => {
    expect(await grays([0, 100, 150, 200], { PixelPaddingValue: 0 })).toEqual([0, 0, 128, 255]);
    expect(await grays([0, 3, 100, 200], { PixelPaddingValue: 0, PixelPaddingRangeLimit: 5 })).toEqual([
      0, 0, 0, 255,
    ]);
    expect(
      await grays([0xff38, 0, 100], {
        BitsStored: 16,
        HighBit: 15,
        PixelRepresentation: 1,
        PixelPaddingValue: -200,
      }),
    ).toEqual([0, 0, 255]);
  });

  it('shows an image of padding alone, or of one value, black', async () => {
    expect(await grays([7, 7], { PixelPaddingValue: 7 })).toEqual([0, 0]);
    expect(await grays([7, 7])).toEqual([0, 0]);
  });

  it('prefers a VOI LUT to a window beside it, and repeats its ends', async () => {
    expect(await grays([0, 10, 11, 12, 13, 99], { ...LUT, WindowCenter: '50', WindowWidth: '100' })).toEqual([
      0, 0, 51, 204, 255, 255,
    ]);
  });

  it('applies LINEAR_EXACT', async () => {
    const window = { WindowCenter: '100', WindowWidth: '100', VOILUTFunction: 'LINEAR_EXACT' };
    expect(await grays([50, 100, 125, 150, 151], window)).toEqual([0, 128, 191, 255, 255]);
  });

  it('ignores a window whose width its function forbids', async () => {
    expect(await grays([100, 200], { WindowCenter: '50', WindowWidth: '0' })).toEqual([0, 255]);
    expect(await grays([100, 200], { WindowCenter: 'x', WindowWidth: '10' })).toEqual([0, 255]);
  });

  it('applies a modality LUT before the window', async () => {
    const modality = { ModalityLUTSequence: [{ LUTDescriptor: [3, 0, 8], LUTData: [200, 100, 0] }] };
    expect(await grays([0, 1, 2], { ...modality, WindowCenter: '100', WindowWidth: '201' })).toEqual([
      255, 128, 1,
    ]);
  });

  it.each([
    ['MONOCHROME1', undefined, [255, 0]],
    ['MONOCHROME2', undefined, [0, 255]],
    ['MONOCHROME1', 'INVERSE', [255, 0]],
    ['MONOCHROME2', 'INVERSE', [255, 0]],
    ['MONOCHROME1', 'IDENTITY', [0, 255]],
  ])('%s with Presentation LUT Shape %s', async (photometric, shape, expected) => {
    expect(
      await grays([1, 2], { PhotometricInterpretation: photometric, PresentationLUTShape: shape }),
    ).toEqual(expected);
  });

  it('refuses a look-up table shorter than its descriptor says', async () => {
    const cut = { VOILUTSequence: [{ LUTDescriptor: [4096, 0, 12], LUTData: [0, 1, 2] }] };
    await expect(grays([1], cut)).rejects.toMatchObject({ code: 'CORRUPT_IMAGE' });
  });
});
