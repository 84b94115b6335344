import {
  describeWhere,
  hasCommand,
  largestDifference,
  renderWithDcmtk,
  scratchFolder,
} from '../../testing/dcmtk.reference';
import { dicomFile, type DicomFileOptions } from '../../testing/dicom-file';
import type { DicomAttributes } from '../../testing/dicom.writer';
import { readRadiograph } from '../radiograph.reader';

/** dcmtk shows no window unless told to: which option makes it use what our pipeline uses. */
type Look = { name: string; options: string[]; attributes: DicomAttributes };

const WINDOW = ['+Wi', '1'];
const SIZE = 64;

/** Every code of the stored range, spread over the image, so that no branch of the pipeline stays unseen. */
function allCodes(bits: number): Uint16Array {
  const last = SIZE * SIZE - 1;
  return Uint16Array.from({ length: SIZE * SIZE }, (_, i) => Math.round((i * (2 ** bits - 1)) / last));
}

function voiTable(entries: number, bits: number): number[] {
  const white = 2 ** bits - 1;
  return Array.from({ length: entries }, (_, i) => Math.round(white * Math.sqrt(i / (entries - 1))));
}

function looks(bits: number): Look[] {
  const full = 2 ** bits;
  const window = (center: number, width: number, shape?: string): DicomAttributes => ({
    WindowCenter: String(center),
    WindowWidth: String(width),
    VOILUTFunction: shape,
  });
  return [
    { name: 'no window', options: ['+Wm'], attributes: {} },
    { name: 'LINEAR', options: WINDOW, attributes: window(full * 0.4, full * 0.5) },
    {
      name: 'LINEAR, first of several',
      options: WINDOW,
      attributes: { WindowCenter: `${full * 0.3}\\${full * 0.6}`, WindowWidth: `${full * 0.25}\\${full}` },
    },
    { name: 'LINEAR of width 1', options: WINDOW, attributes: window(full / 2, 1) },
    { name: 'SIGMOID', options: WINDOW, attributes: window(full * 0.4, full * 0.5, 'SIGMOID') },
    {
      name: 'VOI LUT',
      options: ['+Wl', '1'],
      attributes: {
        VOILUTSequence: [{ LUTDescriptor: [full / 4, full / 4, 10], LUTData: voiTable(full / 4, 10) }],
      },
    },
  ];
}

const PRESENTATIONS: { photometric: string; shape?: string }[] = [
  { photometric: 'MONOCHROME1' },
  { photometric: 'MONOCHROME2' },
  { photometric: 'MONOCHROME1', shape: 'INVERSE' },
  { photometric: 'MONOCHROME2', shape: 'INVERSE' },
  { photometric: 'MONOCHROME1', shape: 'IDENTITY' },
  { photometric: 'MONOCHROME2', shape: 'IDENTITY' },
];

describeWhere(
  hasCommand('dcmj2pnm'),
  'the grayscale pipeline against dcmtk',
  'dcmj2pnm is not installed (apt-get install dcmtk)',
)(() => {
  const folder = scratchFolder();
  afterAll(() => folder.remove());

  async function expectEqual(options: DicomFileOptions, dcmtkOptions: string[]): Promise<void> {
    const file = dicomFile({ columns: SIZE, rows: SIZE, ...options });
    const { image } = await readRadiograph(file);
    expect(largestDifference(image, renderWithDcmtk(folder.path, file, dcmtkOptions))).toBeLessThanOrEqual(1);
  }

  for (const bits of [8, 10, 12, 16]) {
    for (const look of looks(bits)) {
      // Inversion comes last and does not see the depth: every combination at one depth is enough.
      for (const { photometric, shape } of bits === 12 ? PRESENTATIONS : PRESENTATIONS.slice(0, 2)) {
        const name = `${bits} bits, ${photometric}${shape ? ` + ${shape}` : ''}, ${look.name}`;
        it(name, async () => {
          const attributes: DicomAttributes = {
            BitsAllocated: bits === 8 ? 8 : 16,
            BitsStored: bits,
            HighBit: bits - 1,
            PhotometricInterpretation: photometric,
            PresentationLUTShape: shape,
            ...look.attributes,
          };
          const pixels = bits === 8 ? Uint8Array.from(allCodes(8)) : allCodes(bits);
          await expectEqual({ pixels, attributes }, look.options);
        });
      }
    }
  }

  it.each([
    [
      'slope and intercept',
      { RescaleSlope: '0.5', RescaleIntercept: '-1024', WindowCenter: '0', WindowWidth: '1500' },
      WINDOW,
    ],
    ['a negative slope', { RescaleSlope: '-1', RescaleIntercept: '4095' }, ['+Wm']],
    ['rescale without a window', { RescaleSlope: '2.5', RescaleIntercept: '100' }, ['+Wm']],
    [
      'a modality LUT',
      {
        ModalityLUTSequence: [{ LUTDescriptor: [2048, 1000, 12], LUTData: voiTable(2048, 12).reverse() }],
        WindowCenter: '2000',
        WindowWidth: '3000',
      },
      WINDOW,
    ],
    [
      'a VOI LUT after rescale to negative values',
      {
        RescaleIntercept: '-2048',
        RescaleSlope: '1',
        VOILUTSequence: [{ LUTDescriptor: [2048, -1024, 12], LUTData: voiTable(2048, 12) }],
      },
      ['+Wl', '1'],
    ],
    [
      'a VOI LUT of 16 bits',
      { VOILUTSequence: [{ LUTDescriptor: [4096, 0, 16], LUTData: voiTable(4096, 16) }] },
      ['+Wl', '1'],
    ],
    [
      'a VOI LUT of 8 bits, packed',
      { VOILUTSequence: [{ LUTDescriptor: [4096, 0, 8], LUTData: Uint8Array.from(voiTable(4096, 8)) }] },
      ['+Wl', '1'],
    ],
  ] as [string, DicomAttributes, string[]][])('12 bits, %s', async (_name, attributes, options) => {
    await expectEqual({ pixels: allCodes(12), attributes }, options);
  });

  it.each([
    ['a window', { WindowCenter: '-200', WindowWidth: '1000' }, WINDOW],
    ['SIGMOID', { WindowCenter: '-200', WindowWidth: '1000', VOILUTFunction: 'SIGMOID' }, WINDOW],
    ['no window', {}, ['+Wm']],
    [
      'a VOI LUT',
      { VOILUTSequence: [{ LUTDescriptor: [2048, -1000, 12], LUTData: voiTable(2048, 12) }] },
      ['+Wl', '1'],
    ],
    ['MONOCHROME1', { PhotometricInterpretation: 'MONOCHROME1' }, ['+Wm']],
  ] as [string, DicomAttributes, string[]][])('12 bits signed, %s', async (_name, attributes, options) => {
    await expectEqual(
      { pixels: allCodes(12), attributes: { PixelRepresentation: 1, ...attributes } },
      options,
    );
  });

  it.each([0, 1])('stray bits above the high bit, pixel representation %i', async (representation) => {
    const pixels = allCodes(12).map((code, i) => code | (i % 16 << 12));
    const attributes = { PixelRepresentation: representation, WindowCenter: '1000', WindowWidth: '1500' };
    await expectEqual({ pixels, attributes }, WINDOW);
  });

  it('a high bit above bits stored − 1, with stray bits below', async () => {
    const pixels = allCodes(12).map((code, i) => (code << 4) | i % 16);
    await expectEqual(
      { pixels, attributes: { HighBit: 15, WindowCenter: '1000', WindowWidth: '1500' } },
      WINDOW,
    );
  });
});
