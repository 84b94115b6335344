import dicomParser from 'dicom-parser';
import { windowLevel } from './exposure';
import { drawPhantom, type Phantom } from './phantom';
import { encodePhantomDicom } from './phantom-dicom';

const PHOTOMETRIC = ['MONOCHROME1', 'MONOCHROME2'] as const;

/** What a viewer shows, following the standard: window first, then MONOCHROME1 turned over. */
function displayed(bytes: Uint8Array): number[] {
  const file = dicomParser.parseDicom(bytes);
  const element = file.elements['x7fe00010']!;
  const view = new DataView(bytes.buffer, bytes.byteOffset + element.dataOffset, element.length);
  const center = Number(file.string('x00281050'));
  const width = Number(file.string('x00281051'));
  const inverse = file.string('x00280004') === 'MONOCHROME1';
  return Array.from({ length: element.length / 2 }, (_, i) => {
    const shade = windowLevel(view.getUint16(2 * i, true), center, width);
    return inverse ? 255 - shade : shade;
  });
}

describe('encodePhantomDicom', () => {
  let phantom: Phantom;
  beforeAll(() => {
    phantom = drawPhantom({ seed: 11, width: 97, height: 101 });
  });

  it.each(PHOTOMETRIC)(
    'writes a Part 10 file whose tags say what it is (%s)',
    (photometricInterpretation) => {
      const bytes = encodePhantomDicom(phantom, { photometricInterpretation });
      const file = dicomParser.parseDicom(bytes);
      const text = (tag: string): string | undefined => file.string(tag);
      expect(text('x00020010')).toBe('1.2.840.10008.1.2.1');
      expect(text('x00020003')).toBe(text('x00080018'));
      expect(text('x00080016')).toBe('1.2.840.10008.5.1.4.1.1.1.1');
      expect(text('x00080060')).toBe('DX');
      expect(text('x00080068')).toBe('FOR PRESENTATION');
      expect(text('x00100010')).toBe('PHANTOM^11');
      expect(text('x00180015')).toBe('CHEST');
      expect(text('x00185101')).toBe('PA');
      expect(text('x00280004')).toBe(photometricInterpretation);
      expect(text('x20500020')).toBe(photometricInterpretation === 'MONOCHROME1' ? 'INVERSE' : 'IDENTITY');
      expect([file.uint16('x00280010'), file.uint16('x00280011')]).toEqual([101, 97]);
      expect(['x00280100', 'x00280101', 'x00280102', 'x00280103'].map((tag) => file.uint16(tag))).toEqual([
        16, 12, 11, 0,
      ]);
      expect(file.elements['x7fe00010']).toMatchObject({ vr: 'OW', length: 97 * 101 * 2 });
      expect(file.floatString('x00280030')).toBeCloseTo(430 / 97, 5);
      for (const tag of ['x00080018', 'x0020000d', 'x0020000e'])
        expect(text(tag)).toMatch(/^2\.25\.(0|[1-9]\d{0,38})$/);
    },
  );

  it('stores the pixels of MONOCHROME2 unchanged', () => {
    const bytes = encodePhantomDicom(phantom);
    const { dataOffset, length } = dicomParser.parseDicom(bytes).elements['x7fe00010']!;
    const stored = new Uint16Array(bytes.slice(dataOffset, dataOffset + length).buffer);
    expect(stored).toEqual(phantom.pixels);
  });

  it('shows the same image in both photometric interpretations', () => {
    const [inverse, plain] = PHOTOMETRIC.map((photometricInterpretation) =>
      displayed(encodePhantomDicom(phantom, { photometricInterpretation })),
    );
    const worst = plain!.reduce((most, shade, i) => Math.max(most, Math.abs(shade - inverse![i]!)), 0);
    expect(worst).toBeLessThanOrEqual(1);
  });

  it('gives equal bytes for equal input, one study with two instances for two interpretations', () => {
    expect(encodePhantomDicom(phantom)).toEqual(encodePhantomDicom(phantom));
    const [a, b] = PHOTOMETRIC.map((photometricInterpretation) =>
      dicomParser.parseDicom(encodePhantomDicom(phantom, { photometricInterpretation })),
    );
    expect(a!.string('x0020000d')).toBe(b!.string('x0020000d'));
    expect(a!.string('x00080018')).not.toBe(b!.string('x00080018'));
  });

  it('names the patient as it is told to', () => {
    const bytes = encodePhantomDicom(phantom, { label: 'DEMO' });
    expect(dicomParser.parseDicom(bytes).string('x00100020')).toBe('PHANTOM-DEMO');
  });
});
