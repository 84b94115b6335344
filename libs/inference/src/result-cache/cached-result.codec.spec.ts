import fc from 'fast-check';
import { decodeResult, encodeResult, MAX_ENCODED_BYTES } from './cached-result.codec';
import { CachedResult, MAX_CANDIDATES } from './candidate-set';

const results: fc.Arbitrary<CachedResult> = fc
  .record({
    source: fc.constantFrom('jpeg' as const, 'png' as const, 'dicom' as const),
    width: fc.integer({ min: 1, max: 65_535 }),
    height: fc.integer({ min: 1, max: 65_535 }),
    floor: fc.float({ min: 0, max: 1, noNaN: true }),
    boxes: fc.array(fc.tuple(fc.double(), fc.double(), fc.double(), fc.double()), {
      minLength: 1,
      maxLength: 40,
    }),
    scores: fc.array(fc.tuple(fc.nat(), fc.nat(65_535), fc.double()), { maxLength: 80 }),
  })
  .map(({ boxes, scores, floor, ...image }) => ({
    ...image,
    candidates: {
      floor,
      boxes: Float64Array.from(boxes.flat()),
      locations: Uint16Array.from(scores, ([location]) => location % boxes.length),
      classes: Uint16Array.from(scores, ([, classIndex]) => classIndex),
      scores: Float64Array.from(scores, ([, , score]) => score),
    },
  }));

describe('the coding of cached results', () => {
  it('gives back every result bit for bit, from any place in a buffer', () => {
    fc.assert(
      fc.property(results, fc.string(), fc.nat(9), (result, word, offset) => {
        const bytes = Buffer.concat([Buffer.alloc(offset), encodeResult(word, result)]).subarray(offset);
        expect(decodeResult(word, bytes)).toEqual(result);
      }),
    );
  });

  it('reads nothing out of bytes of which one was changed, or under another word', () => {
    fc.assert(
      fc.property(results, fc.nat(), fc.integer({ min: 1, max: 255 }), (result, place, change) => {
        const bytes = encodeResult('a', result);
        expect(decodeResult('b', bytes)).toBeUndefined();
        bytes[place % bytes.length]! ^= change;
        expect(decodeResult('a', bytes)).toBeUndefined();
      }),
    );
  });

  it('reads nothing out of any other bytes, and never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(decodeResult('a', bytes)).toBeUndefined();
      }),
    );
  });

  it('takes 44 kB for the largest result', () => {
    const largest: CachedResult = {
      source: 'png',
      width: 1,
      height: 1,
      candidates: {
        floor: 0,
        boxes: new Float64Array(4 * MAX_CANDIDATES),
        locations: new Uint16Array(MAX_CANDIDATES),
        classes: new Uint16Array(MAX_CANDIDATES),
        scores: new Float64Array(MAX_CANDIDATES),
      },
    };
    expect(encodeResult('a', largest)).toHaveLength(MAX_ENCODED_BYTES);
    expect(MAX_ENCODED_BYTES).toBe(44_028);
    expect(decodeResult('a', encodeResult('a', largest))).toEqual(largest);
  });
});
