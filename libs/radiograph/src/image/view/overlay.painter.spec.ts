import { FINDING_CLASSES } from '../../finding/finding-class';
import type { GrayImage } from '../gray-image';
import { readRadiograph } from '../radiograph.reader';
import { sharp } from '../raster/sharp.loader';
import { colourOf, drawOverlay } from './overlay.painter';
import { encodePng } from './png.encoder';
import { glyphOf } from './pixel-font';

function flat(width: number, height: number, gray = 90): GrayImage {
  return { width, height, pixels: new Uint8Array(width * height).fill(gray) };
}

async function rgbOf(
  png: Uint8Array,
): Promise<{ at: (x: number, y: number) => number[]; width: number; height: number }> {
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  expect(info.channels).toBe(3);
  return {
    width: info.width,
    height: info.height,
    at: (x, y) => [...data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3)],
  };
}

describe('drawOverlay', () => {
  const box = { xMin: 100, yMin: 150, xMax: 300, yMax: 350 };

  it('draws the box in the colour of its class and leaves the rest alone', async () => {
    const image = flat(600, 500);
    const drawn = await rgbOf(await drawOverlay(image, [{ label: 'Nodule/Mass', confidence: 0.8, box }]));
    expect([drawn.width, drawn.height]).toEqual([600, 500]);
    for (const [x, y] of [
      [100, 200],
      [299, 200],
      [200, 349],
    ])
      expect(drawn.at(x, y)).toEqual([...colourOf('Nodule/Mass')]);
    expect(drawn.at(200, 250)).toEqual([90, 90, 90]);
    expect(image.pixels.every((pixel) => pixel === 90)).toBe(true);
  });

  it('puts the label above the box, or inside where there is no room above', async () => {
    const drawn = await rgbOf(
      await drawOverlay(flat(600, 500), [{ label: 'ILD', confidence: 0.5, box: { ...box, yMin: 2 } }]),
    );
    expect(drawn.at(102, 4)).toEqual([...colourOf('ILD')]);
  });

  it('clips what lies outside and survives an image smaller than its label', async () => {
    const outside = { xMin: -50, yMin: -50, xMax: 900, yMax: 900 };
    await expect(
      drawOverlay(flat(20, 10), [{ label: 'Lung Opacity', confidence: 1, box: outside }]),
    ).resolves.toBeDefined();
    await expect(drawOverlay(flat(20, 10), [])).resolves.toBeDefined();
  });

  it('gives each of the fourteen classes a colour of its own', () => {
    expect(new Set(FINDING_CLASSES.map((name) => colourOf(name).join())).size).toBe(14);
    expect(colourOf('something else')).toHaveLength(3);
  });

  it('has whole glyphs for every letter of a label', () => {
    for (const character of `${FINDING_CLASSES.join('')}0123456789%`) {
      const rows = glyphOf(character);
      expect(rows).toHaveLength(7);
      for (const row of rows) expect(row).toMatch(/^[.#]{5}$/);
      if (character !== '?') expect(rows).not.toEqual(glyphOf('?'));
    }
  });
});

it('encodePng gives back the same pixels', async () => {
  const image = { width: 16, height: 16, pixels: Uint8Array.from({ length: 256 }, (_, i) => i) };
  expect((await readRadiograph(await encodePng(image))).image).toEqual(image);
});
