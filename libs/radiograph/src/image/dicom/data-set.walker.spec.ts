import { parseDicom } from 'dicom-parser';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeWhere, SHARED_DICOM } from '../../testing/dcmtk.reference';
import { dicomFile, fileMeta } from '../../testing/dicom-file';
import { concatenate, EXPLICIT_LITTLE_ENDIAN, writeDataSet, writeElement } from '../../testing/dicom.writer';
import { DEFAULT_IMAGE_LIMITS } from '../gray-image';
import { openDicomFile, type DicomFile } from './dicom-file.reader';
import { READ_SEQUENCES, READ_TAGS, Tag } from './dicom.tag';

const ITEMS = { implicit: true, bigEndian: false };
const UNDEFINED = 0xffffffff;

function open(bytes: Uint8Array): DicomFile {
  return openDicomFile(new Uint8Array(bytes), DEFAULT_IMAGE_LIMITS);
}

/** A file whose data set is the given elements and then a modality, which must still be found behind them. */
function fileWith(...elements: Uint8Array[]): Uint8Array {
  const rest = writeDataSet({ Rows: 4, Columns: 4 }, EXPLICIT_LITTLE_ENDIAN);
  return concatenate([fileMeta('1.2.840.10008.1.2.1'), ...elements, rest]);
}

function sequence(...items: Uint8Array[]): Uint8Array {
  const value = concatenate(items.map((item) => writeElement(0xfffee000, '', item, ITEMS)));
  return writeElement(0x00081140, 'SQ', value, EXPLICIT_LITTLE_ENDIAN);
}

const delimitedItem = (content: Uint8Array): Uint8Array =>
  concatenate([
    writeElement(0xfffee000, '', content, ITEMS, UNDEFINED),
    writeElement(0xfffee00d, '', new Uint8Array(0), ITEMS),
  ]);

const delimitedSequence = (vr: string, ...items: Uint8Array[]): Uint8Array =>
  concatenate([
    writeElement(0x00081140, vr, concatenate(items), EXPLICIT_LITTLE_ENDIAN, UNDEFINED),
    writeElement(0xfffee0dd, '', new Uint8Array(0), ITEMS),
  ]);

describe('DataSetWalker', () => {
  const inner = writeDataSet({ SOPClassUID: '1.2', Rows: 99 }, EXPLICIT_LITTLE_ENDIAN);

  it.each([
    ['a sequence of defined length', sequence(inner, inner)],
    [
      'a sequence and items of undefined length',
      delimitedSequence('SQ', delimitedItem(inner), delimitedItem(inner)),
    ],
    ['an empty sequence of undefined length', delimitedSequence('SQ')],
    [
      'UN of undefined length, coded implicitly',
      delimitedSequence('UN', delimitedItem(writeDataSet({ Rows: 99 }, ITEMS))),
    ],
    ['nothing', new Uint8Array(0)],
  ])('finds the attributes behind %s, and not those inside', (_name, element) => {
    expect(open(fileWith(element)).dataSet.uint16(Tag.Rows)).toBe(4);
  });

  it.each([
    [
      'a sequence without its delimiter',
      writeElement(0x00081140, 'SQ', delimitedItem(inner), EXPLICIT_LITTLE_ENDIAN, UNDEFINED),
    ],
    [
      'an item longer than its sequence',
      writeElement(
        0x00283010,
        'SQ',
        writeElement(0xfffee000, '', inner, ITEMS, 9999),
        EXPLICIT_LITTLE_ENDIAN,
      ),
    ],
    [
      'an attribute longer than its item',
      writeElement(
        0x00283010,
        'SQ',
        writeElement(
          0xfffee000,
          '',
          writeElement(0x00080060, 'CS', inner, EXPLICIT_LITTLE_ENDIAN, 600),
          ITEMS,
        ),
        EXPLICIT_LITTLE_ENDIAN,
      ),
    ],
    ['something that is no item', writeElement(0x00283010, 'SQ', inner, EXPLICIT_LITTLE_ENDIAN)],
    ['a VR that is none', writeElement(0x00091001, '??', inner, EXPLICIT_LITTLE_ENDIAN)],
  ])('refuses %s', (_name, element) => {
    expect(() => open(fileWith(element))).toThrow(expect.objectContaining({ code: 'CORRUPT_IMAGE' }));
  });

  it('refuses a file cut at any place', () => {
    const whole = dicomFile({
      columns: 4,
      rows: 4,
      attributes: { VOILUTSequence: [{ LUTDescriptor: [4, 0, 8], LUTData: [1, 2, 3, 4] }] },
    });
    const opened = open(whole);
    expect(opened.dataSet.element(Tag.PixelData)).toBeDefined();
    for (let cut = 200; cut < whole.length; cut++) {
      // Between two attributes a cut leaves a well-formed data set, but never one with pixel data.
      try {
        expect(open(whole.subarray(0, cut)).dataSet.element(Tag.PixelData)).toBeUndefined();
      } catch (error) {
        expect(error).toMatchObject({ code: 'CORRUPT_IMAGE' });
      }
    }
  });
});

describeWhere(
  existsSync(SHARED_DICOM),
  'DataSetWalker on real files',
  `${SHARED_DICOM} is absent`,
)(() => {
  const files = existsSync(SHARED_DICOM)
    ? readdirSync(SHARED_DICOM).filter((name) => name.endsWith('.dcm'))
    : [];

  it.each(files)('finds in %s what dicom-parser finds', (name) => {
    const bytes = new Uint8Array(readFileSync(join(SHARED_DICOM, name)));
    const reference = parseDicom(bytes);
    const { dataSet } = open(bytes);
    for (const tag of READ_TAGS) {
      if (tag < 0x00080000 || READ_SEQUENCES.has(tag)) continue;
      const expected = reference.elements[`x${tag.toString(16).padStart(8, '0')}`];
      expect(dataSet.element(tag)?.offset).toBe(expected?.dataOffset);
    }
  });
});
