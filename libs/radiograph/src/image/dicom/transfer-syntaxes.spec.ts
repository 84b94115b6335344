import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  describeWhere,
  hasCommand,
  largestDifference,
  renderFileWithDcmtk,
  renderWithDcmtk,
  run,
  scratchFolder,
  SHARED_DICOM,
} from '../../testing/dcmtk.reference';
import { dicomFile } from '../../testing/dicom-file';
import { inSharedMemory } from '../../testing/shared-memory';
import type { DicomAttributes } from '../../testing/dicom.writer';
import { readRadiograph } from '../radiograph.reader';
import { openDicomFile } from './dicom-file.reader';
import { DEFAULT_IMAGE_LIMITS } from '../gray-image';

// An even number of pixels: dcmtk counts the byte that pads an odd one into the minimum.
const COLUMNS = 94;
const ROWS = 71;

/** A smooth field with an edge and some noise: what a codec finds easy and what it does not. No side is a multiple of 8. */
function scene(bits: number, signed = false): Uint16Array {
  const white = 2 ** bits - 1;
  return Uint16Array.from({ length: COLUMNS * ROWS }, (_, i) => {
    const [x, y] = [i % COLUMNS, Math.floor(i / COLUMNS)];
    const value =
      0.5 + 0.3 * Math.sin(x / 9) * Math.cos(y / 13) + (x > 60 ? 0.15 : 0) + ((i * 7919) % 31) / 800;
    const code = Math.round(Math.min(1, value) * white);
    return signed ? (code - 2 ** (bits - 1)) & white : code;
  });
}

function attributesOf(bits: number, signed: boolean): DicomAttributes {
  return {
    BitsAllocated: bits <= 8 ? 8 : 16,
    BitsStored: bits,
    HighBit: bits - 1,
    PixelRepresentation: signed ? 1 : 0,
  };
}

function plain(bits: number, signed = false, extra: DicomAttributes = {}): Uint8Array {
  const pixels = bits <= 8 ? Uint8Array.from(scene(bits, signed)) : scene(bits, signed);
  return dicomFile({
    columns: COLUMNS,
    rows: ROWS,
    pixels,
    attributes: { ...attributesOf(bits, signed), ...extra },
  });
}

interface Conversion {
  name: string;
  command: string;
  args: string[];
  bits: number[];
  signed?: boolean;
  /** Transfer syntax the tool must have written, so that a case tests what it says. */
  uid: string;
  /** Lossy: compared with dcmtk's decoding, not with the original. */
  lossy?: boolean;
}

const CONVERSIONS: Conversion[] = [
  {
    name: 'Implicit VR Little Endian',
    command: 'dcmconv',
    args: ['+ti'],
    bits: [8, 12, 16],
    uid: '1.2.840.10008.1.2',
  },
  {
    name: 'Explicit VR Big Endian',
    command: 'dcmconv',
    args: ['+tb'],
    bits: [8, 12, 16],
    uid: '1.2.840.10008.1.2.2',
  },
  { name: 'Deflated', command: 'dcmconv', args: ['+td'], bits: [8, 12, 16], uid: '1.2.840.10008.1.2.1.99' },
  {
    name: 'sequences of undefined length',
    command: 'dcmconv',
    args: ['+te', '-e'],
    bits: [12],
    uid: '1.2.840.10008.1.2.1',
  },
  { name: 'RLE', command: 'dcmcrle', args: [], bits: [8, 12, 16], uid: '1.2.840.10008.1.2.5' },
  { name: 'RLE signed', command: 'dcmcrle', args: [], bits: [12], signed: true, uid: '1.2.840.10008.1.2.5' },
  {
    name: 'JPEG Baseline',
    command: 'dcmcjpeg',
    args: ['+eb'],
    bits: [8],
    uid: '1.2.840.10008.1.2.4.50',
    lossy: true,
  },
  {
    name: 'JPEG Extended of 8 bits',
    command: 'dcmcjpeg',
    args: ['+ee'],
    bits: [8],
    uid: '1.2.840.10008.1.2.4.51',
    lossy: true,
  },
  {
    name: 'JPEG Extended of 12 bits',
    command: 'dcmcjpeg',
    args: ['+ee'],
    bits: [10, 12],
    uid: '1.2.840.10008.1.2.4.51',
    lossy: true,
  },
  ...[1, 2, 3, 4, 5, 6, 7].map((predictor) => ({
    name: `JPEG Lossless 14, predictor ${predictor}`,
    command: 'dcmcjpeg',
    args: ['+el', '+sv', String(predictor)],
    bits: [8, 12, 16],
    uid: '1.2.840.10008.1.2.4.57',
  })),
  {
    name: 'JPEG Lossless 14 SV1',
    command: 'dcmcjpeg',
    args: ['+e1'],
    bits: [8, 12, 16],
    uid: '1.2.840.10008.1.2.4.70',
  },
  {
    name: 'JPEG Lossless 14 SV1 signed',
    command: 'dcmcjpeg',
    args: ['+e1'],
    bits: [12, 16],
    signed: true,
    uid: '1.2.840.10008.1.2.4.70',
  },
  {
    name: 'JPEG-LS lossless',
    command: 'dcmcjpls',
    args: ['+el'],
    bits: [8, 12, 16],
    uid: '1.2.840.10008.1.2.4.80',
  },
  {
    name: 'JPEG-LS lossless signed',
    command: 'dcmcjpls',
    args: ['+el'],
    bits: [12],
    signed: true,
    uid: '1.2.840.10008.1.2.4.80',
  },
  {
    name: 'JPEG-LS near-lossless',
    command: 'dcmcjpls',
    args: ['+en'],
    bits: [8, 12],
    uid: '1.2.840.10008.1.2.4.81',
    lossy: true,
  },
  {
    name: 'JPEG 2000 lossless (gdcm)',
    command: 'gdcmconv',
    args: ['-K'],
    bits: [8, 12, 16],
    uid: '1.2.840.10008.1.2.4.90',
  },
  {
    name: 'JPEG 2000 lossless signed (gdcm)',
    command: 'gdcmconv',
    args: ['-K'],
    bits: [12],
    signed: true,
    uid: '1.2.840.10008.1.2.4.90',
  },
  {
    name: 'JPEG Lossless (gdcm)',
    command: 'gdcmconv',
    args: ['-J'],
    bits: [8, 12, 16],
    uid: '1.2.840.10008.1.2.4.70',
  },
  { name: 'RLE (gdcm)', command: 'gdcmconv', args: ['-R'], bits: [8, 12, 16], uid: '1.2.840.10008.1.2.5' },
];

describeWhere(
  hasCommand('dcmj2pnm'),
  'transfer syntaxes against dcmtk',
  'dcmj2pnm is not installed (apt-get install dcmtk)',
)(() => {
  const folder = scratchFolder();
  afterAll(() => folder.remove());

  for (const { name, command, args, bits, signed, uid, lossy } of CONVERSIONS) {
    const test = hasCommand(command) ? it : it.skip;
    test.each(bits)(
      `${name}, %i bits${hasCommand(command) ? '' : ` (skipped: ${command} is not installed)`}`,
      async (depth) => {
        const original = plain(depth, signed);
        const [input, output] = [join(folder.path, 'in.dcm'), join(folder.path, 'out.dcm')];
        writeFileSync(input, original);
        run(
          command,
          command === 'gdcmconv' ? [...args, '-i', input, '-o', output] : [...args, input, output],
        );
        const converted = readFileSync(output);
        expect(openDicomFile(converted, DEFAULT_IMAGE_LIMITS).transferSyntaxUid).toBe(uid);
        const { image } = await readRadiograph(inSharedMemory(converted));
        // dcmj2pnm of Debian lacks JPEG-LS: a lossless frame must equal its original, and a lossy one what dcmdjpls makes of it.
        let reference = original;
        if (lossy) {
          const decoded = join(folder.path, 'decoded.dcm');
          run(command === 'dcmcjpls' ? 'dcmdjpls' : 'dcmdjpeg', [output, decoded]);
          reference = readFileSync(decoded);
        }
        expect(
          largestDifference(image, renderWithDcmtk(folder.path, reference, ['+Wm'])),
        ).toBeLessThanOrEqual(1);
      },
    );
  }
});

describeWhere(
  hasCommand('dcmcjpeg') && hasCommand('dcmcrle'),
  'colour captures',
  'dcmtk is not installed',
)(() => {
  const folder = scratchFolder();
  afterAll(() => folder.remove());

  it.each([
    ['dcmcrle', [], 0],
    ['dcmcjpls', ['+el'], 0],
    ['dcmcjpeg', ['+eb', '+q', '100'], 3],
    ['dcmconv', ['+tb'], 0],
  ] as [string, string[], number][])('%s %j: the luma survives', async (command, args, tolerance) => {
    const gray = scene(8);
    const pixels = Uint8Array.from(
      { length: gray.length * 3 },
      (_, i) => (gray[Math.floor(i / 3)] * (3 + (i % 3))) / 5,
    );
    const attributes = {
      ...attributesOf(8, false),
      SamplesPerPixel: 3,
      PhotometricInterpretation: 'RGB',
      PlanarConfiguration: 0,
    };
    const original = dicomFile({ columns: COLUMNS, rows: ROWS, pixels, attributes });
    const [input, output] = [join(folder.path, 'in.dcm'), join(folder.path, 'out.dcm')];
    writeFileSync(input, original);
    run(command, [...args, input, output]);
    const [before, after] = [await readRadiograph(original), await readRadiograph(readFileSync(output))];
    expect(largestDifference(before.image, after.image)).toBeLessThanOrEqual(tolerance);
  });
});

describeWhere(
  existsSync(SHARED_DICOM) && hasCommand('dcmj2pnm') && hasCommand('gdcmconv'),
  'real radiographs against dcmtk',
  `${SHARED_DICOM}, dcmtk or libgdcm-tools is absent`,
)(() => {
  const folder = scratchFolder();
  afterAll(() => folder.remove());

  it.each([
    ['nih-dx-implicit-le', [], ['+Wm']],
    ['siim-cr-jpeg-baseline', ['dcmdjpeg'], ['+Wm']],
    ['nema-cr-monochrome1-15bit-jpegls-near-lossless', ['dcmdjpls'], ['+Wi', '1']],
    ['nema-cr-monochrome1-15bit-jpeg2000', ['gdcmconv', '--raw'], ['+Wi', '1']],
  ])('%s', async (name, decoder, options) => {
    const input = join(SHARED_DICOM, `${name}.dcm`);
    let reference = input;
    if (decoder.length > 0) {
      reference = join(folder.path, 'decoded.dcm');
      run(decoder[0], [...decoder.slice(1), input, reference]);
    }
    const { image } = await readRadiograph(readFileSync(input));
    expect(
      largestDifference(image, renderFileWithDcmtk(folder.path, reference, options)),
    ).toBeLessThanOrEqual(1);
  });
});
