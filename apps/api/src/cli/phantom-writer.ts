import { writeFile } from 'node:fs/promises';
import { encodePhantomDicom, FINDING_CLASSES, windowLevel, type Phantom } from '@thorax/radiograph';
import sharp from 'sharp';

/** An 8-bit PNG of the phantom as its window shows it. */
export async function writePng8(file: string, phantom: Phantom): Promise<void> {
  const { windowCenter, windowWidth } = phantom.exposure;
  const shades = Uint8Array.from({ length: 4096 }, (_, value) =>
    windowLevel(value, windowCenter, windowWidth),
  );
  const shown = new Uint8Array(phantom.pixels.length);
  for (let i = 0; i < shown.length; i++) shown[i] = shades[phantom.pixels[i]!]!;
  await sharp(shown, { raw: { width: phantom.width, height: phantom.height, channels: 1 } })
    .toColourspace('b-w')
    .png({ compressionLevel: 6 })
    .toFile(file);
}

/** A 16-bit PNG: the same window, spread over 0..65535 so that all 12 bits survive. */
export async function writePng16(file: string, phantom: Phantom): Promise<void> {
  const { windowCenter, windowWidth } = phantom.exposure;
  const shown = phantom.pixels.map((value) => {
    const share = (value - (windowCenter - 0.5)) / (windowWidth - 1) + 0.5;
    return Math.round(65535 * Math.max(0, Math.min(1, share)));
  });
  await sharp(shown, { raw: { width: phantom.width, height: phantom.height, channels: 1 } })
    .toColourspace('grey16')
    .png({ compressionLevel: 6 })
    .toFile(file);
}

/** A DICOM file of the phantom. */
export async function writeDicom(
  file: string,
  phantom: Phantom,
  photometricInterpretation: 'MONOCHROME1' | 'MONOCHROME2',
): Promise<void> {
  await writeFile(file, encodePhantomDicom(phantom, { photometricInterpretation }));
}

/** One line per finding: class id, then centre and size as fractions of the image. Empty for a true negative. */
export function yoloLabels(phantom: Phantom): string {
  return phantom.findings
    .map(({ class: name, box }) => {
      const fractions = [
        (box.xMin + box.xMax) / 2 / phantom.width,
        (box.yMin + box.yMax) / 2 / phantom.height,
        (box.xMax - box.xMin) / phantom.width,
        (box.yMax - box.yMin) / phantom.height,
      ];
      return `${FINDING_CLASSES.indexOf(name)} ${fractions.map((value) => value.toFixed(6)).join(' ')}\n`;
    })
    .join('');
}

/** The data.yaml that YOLO trainers read. */
export function yoloDataset(root: string, splits: readonly string[]): string {
  const folders = splits.map((split) => `${split}: images/${split}\n`).join('');
  const names = FINDING_CLASSES.map((name, id) => `  ${id}: ${JSON.stringify(name)}\n`).join('');
  return `path: ${JSON.stringify(root)}\n${folders}nc: ${FINDING_CLASSES.length}\nnames:\n${names}`;
}
