import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { FINDING_CLASSES, type FindingClass } from '../finding/finding-class';
import { PIXEL_MAX } from './exposure';
import { drawPhantom, type Phantom } from './phantom';

/** One short text for everything a phantom holds: comparing pixel arrays one by one is slow. */
const fingerprint = ({ pixels, ...rest }: Phantom): string =>
  createHash('sha256').update(pixels).update(JSON.stringify(rest)).digest('hex');

const seeds = fc.integer({ min: 0, max: 0xffffffff });

describe('drawPhantom', () => {
  it('draws the same phantom for the same options and another for the next seed', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const first = fingerprint(drawPhantom({ seed, width: 96 }));
        expect(fingerprint(drawPhantom({ seed, width: 96 }))).toBe(first);
        expect(fingerprint(drawPhantom({ seed: seed + 1, width: 96 }))).not.toBe(first);
      }),
      { numRuns: 15 },
    );
  });

  it('keeps boxes whole, inside the image and at least 8 px of 640, and pixels within 12 bits, for any seed and shape', () => {
    const side = fc.integer({ min: 160, max: 300 });
    fc.assert(
      fc.property(seeds, side, side, (seed, width, height) => {
        const phantom = drawPhantom({ seed, width, height });
        expect(phantom.pixels).toHaveLength(width * height);
        expect(phantom.pixels.reduce((a, b) => Math.max(a, b), 0)).toBeLessThanOrEqual(PIXEL_MAX);
        const smallest = Math.max(3, (8 / 640) * Math.min(width, height));
        for (const { box } of phantom.findings) {
          for (const edge of Object.values(box)) expect(Number.isInteger(edge)).toBe(true);
          expect(Math.min(box.xMin, box.yMin)).toBeGreaterThanOrEqual(0);
          expect(box.xMax).toBeLessThanOrEqual(width);
          expect(box.yMax).toBeLessThanOrEqual(height);
          expect(Math.min(box.xMax - box.xMin, box.yMax - box.yMin)).toBeGreaterThanOrEqual(smallest);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('refuses sizes that are no image', () => {
    for (const width of [0, 63, 4097, 100.5, NaN])
      expect(() => drawPhantom({ seed: 1, width })).toThrow(RangeError);
  });

  describe('over 300 seeds', () => {
    let phantoms: Phantom[];
    beforeAll(() => {
      phantoms = Array.from({ length: 300 }, (_, seed) => drawPhantom({ seed, width: 128 }));
    });

    it('leaves about a fifth without findings and never gives more than eight', () => {
      const negatives = phantoms.filter((phantom) => phantom.findings.length === 0).length;
      expect(negatives / 300).toBeGreaterThan(0.14);
      expect(negatives / 300).toBeLessThan(0.3);
      for (const { findings } of phantoms) expect(findings.length).toBeLessThanOrEqual(8);
    });

    it('shows every class in at least 6 % and at most 24 % of the phantoms', () => {
      const share = (name: FindingClass): number =>
        phantoms.filter((phantom) => phantom.findings.some((finding) => finding.class === name)).length / 300;
      for (const name of FINDING_CLASSES) {
        expect({ name, enough: share(name) >= 0.06, few: share(name) <= 0.24 }).toEqual({
          name,
          enough: true,
          few: true,
        });
      }
    });

    it('uses much of the pixel range: black air, bright bone', () => {
      for (const { pixels } of phantoms.slice(0, 20)) {
        const sorted = pixels.slice().sort();
        expect(sorted[Math.floor(sorted.length * 0.02)]).toBeLessThan(900);
        expect(sorted[Math.floor(sorted.length * 0.98)]).toBeGreaterThan(2200);
      }
    });
  });

  it('draws as many different findings as asked, and none when asked for none', () => {
    for (let seed = 0; seed < 12; seed++) {
      expect(drawPhantom({ seed, width: 160, findingCount: 0 }).findings).toEqual([]);
      const classes = new Set(
        drawPhantom({ seed, width: 160, findingCount: 3 }).findings.map((finding) => finding.class),
      );
      expect(classes.size).toBeGreaterThan(0);
      expect(classes.size).toBeLessThanOrEqual(3);
    }
  });
});

/** These change the shape of the body, so that a comparison with the healthy patient also differs outside their boxes. */
const RESHAPING: readonly FindingClass[] = ['Cardiomegaly', 'Aortic enlargement', 'Pulmonary fibrosis'];

describe('a finding', () => {
  it('changes the pixels inside its box and leaves those outside all boxes nearly alone', () => {
    let compared = 0;
    for (let seed = 0; compared < 25; seed++) {
      const ill = drawPhantom({ seed, width: 256, findingCount: 2 });
      if (ill.findings.length === 0 || ill.findings.some((finding) => RESHAPING.includes(finding.class)))
        continue;
      compared++;
      const healthy = drawPhantom({ seed, width: 256, findingCount: 0 });
      const change = ill.pixels.map((value, i) => Math.abs(value - healthy.pixels[i]!));
      let outside = 0;
      let total = 0;
      change.forEach((value, i) => {
        if (value < 250) return;
        total++;
        const x = i % 256;
        const y = Math.floor(i / 256);
        const margin = 3;
        const boxed = ill.findings.some(
          ({ box }) =>
            x >= box.xMin - margin &&
            x < box.xMax + margin &&
            y >= box.yMin - margin &&
            y < box.yMax + margin,
        );
        if (!boxed) outside++;
      });
      expect(total).toBeGreaterThan(8);
      expect(outside / total).toBeLessThan(0.05);
    }
  });

  it('of the heart or the aorta is wider than in any healthy patient', () => {
    const cardiac = (phantom: Phantom, name: FindingClass): number[] =>
      phantom.findings
        .filter((finding) => finding.class === name)
        .map(({ box }) => (box.xMax - box.xMin) / phantom.width);
    const phantoms = Array.from({ length: 60 }, (_, seed) =>
      drawPhantom({ seed, width: 160, findingCount: 4 }),
    );
    const hearts = phantoms.flatMap((phantom) => cardiac(phantom, 'Cardiomegaly'));
    const knobs = phantoms.flatMap((phantom) => cardiac(phantom, 'Aortic enlargement'));
    expect(Math.min(...hearts)).toBeGreaterThan(0.34);
    expect(Math.min(...knobs)).toBeGreaterThan(0.1);
  });
});
