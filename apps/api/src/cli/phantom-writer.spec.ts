import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drawPhantom, FINDING_CLASSES, windowLevel, type Phantom } from '@thorax/radiograph';
import sharp from 'sharp';
import { writeDicom, writePng16, writePng8, yoloDataset, yoloLabels } from './phantom-writer';

describe('phantom files', () => {
  let folder: string;
  let phantom: Phantom;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'phantoms-'));
    phantom = drawPhantom({ seed: 4, width: 200, height: 160, findingCount: 3 });
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('writes an 8-bit gray PNG of what the window shows', async () => {
    const file = join(folder, '8.png');
    await writePng8(file, phantom);
    const metadata = await sharp(await readFile(file)).metadata();
    expect(metadata).toMatchObject({ width: 200, height: 160, channels: 1, depth: 'uchar' });
    const shown = await sharp(await readFile(file))
      .toColourspace('b-w')
      .raw()
      .toBuffer();
    const { windowCenter, windowWidth } = phantom.exposure;
    const expected = Array.from(phantom.pixels, (value) => windowLevel(value, windowCenter, windowWidth));
    expect(Buffer.compare(shown, Buffer.from(expected))).toBe(0);
  });

  it('writes a 16-bit gray PNG', async () => {
    const file = join(folder, '16.png');
    await writePng16(file, phantom);
    expect(await sharp(await readFile(file)).metadata()).toMatchObject({
      width: 200,
      height: 160,
      channels: 1,
      depth: 'ushort',
    });
  });

  it('writes a DICOM file', async () => {
    const file = join(folder, 'a.dcm');
    await writeDicom(file, phantom, 'MONOCHROME1');
    expect((await readFile(file)).toString('latin1', 128, 132)).toBe('DICM');
  });

  it('writes labels that turn back into the boxes, and none for a true negative', () => {
    const lines = yoloLabels(phantom).trimEnd().split('\n');
    expect(lines).toHaveLength(phantom.findings.length);
    lines.forEach((line, i) => {
      const [id, x, y, width, height] = line.split(' ').map(Number) as [
        number,
        number,
        number,
        number,
        number,
      ];
      const { class: name, box } = phantom.findings[i]!;
      expect(FINDING_CLASSES[id]).toBe(name);
      expect((x - width / 2) * 200).toBeCloseTo(box.xMin, 2);
      expect((x + width / 2) * 200).toBeCloseTo(box.xMax, 2);
      expect((y - height / 2) * 160).toBeCloseTo(box.yMin, 2);
      expect((y + height / 2) * 160).toBeCloseTo(box.yMax, 2);
    });
    expect(yoloLabels(drawPhantom({ seed: 4, width: 160, findingCount: 0 }))).toBe('');
  });

  it('names all classes in data.yaml, in the order of their ids', () => {
    const text = yoloDataset('/data', ['train', 'val']);
    expect(text).toContain('train: images/train\nval: images/val\n');
    expect(text).toContain('nc: 14');
    FINDING_CLASSES.forEach((name, id) => expect(text).toContain(`  ${id}: "${name}"\n`));
  });
});
