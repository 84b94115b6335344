import fc from 'fast-check';
import { NotAnOnnxModelError, readOnnxMetadata } from './onnx-metadata';
import { protobuf, repeated } from './testing/protobuf.writer';
import { tinyDetectorOnnx } from './testing/tiny-detector';

const GRAPH = [7, protobuf([2, 'graph'])] as const;
const entry = (key: string, value: string) => protobuf([1, key], [2, value]);

describe('readOnnxMetadata', () => {
  it('reads format, producer and custom entries of a model', () => {
    const { irVersion, producer, properties } = readOnnxMetadata(
      tinyDetectorOnnx({ classes: ['a', 'b'], inputSize: 96 }),
    );
    expect(irVersion).toBe(8);
    expect(producer).toBe('thorax-testing');
    expect(Object.fromEntries(properties)).toMatchObject({
      names: "{0: 'a', 1: 'b'}",
      imgsz: '[96, 96]',
      stride: '32',
    });
  });

  it('returns whatever entries were written', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string({ unit: 'grapheme' })), (entries) => {
        const written = Object.entries(entries).map(([key, value]) => entry(key, value));
        const file = protobuf([1, 8], GRAPH, ...repeated(14, written));
        expect(readOnnxMetadata(file).properties).toEqual(new Map(Object.entries(entries)));
      }),
    );
  });

  it.each([
    ['an empty file', new Uint8Array(), 'does not state an ONNX format version'],
    ['a file without a graph', protobuf([1, 8]), 'holds no graph'],
    ['text', Buffer.from('<html>404</html>'), 'at byte'],
    ['a Git LFS pointer', Buffer.from('version https://git-lfs.github.com/spec/v1\n'), 'at byte'],
    [
      'more entries than anyone needs',
      protobuf(
        [1, 8],
        GRAPH,
        ...repeated(
          14,
          Array.from({ length: 300 }, (_, i) => entry(`${i}`, '')),
        ),
      ),
      'more than 256',
    ],
    [
      'an enormous entry',
      protobuf([1, 8], GRAPH, [14, entry('a', 'x'.repeat(2 << 20))]),
      'metadata text of more than',
    ],
    [
      'endlessly many fields',
      protobuf([1, 8], ...repeated(3, new Array<number>(10_001).fill(0))),
      'more than 10000 fields',
    ],
  ])('refuses %s', (_, bytes, reason) => {
    expect(() => readOnnxMetadata(bytes)).toThrow(NotAnOnnxModelError);
    expect(() => readOnnxMetadata(bytes)).toThrow(reason);
  });

  it('refuses a model that was cut off inside its graph', () => {
    const whole = tinyDetectorOnnx({ metadata: {} });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: whole.length - 40 }), (length) => {
        expect(() => readOnnxMetadata(whole.subarray(0, length))).toThrow(NotAnOnnxModelError);
      }),
    );
  });

  it('answers any bytes with metadata or its own error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          readOnnxMetadata(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(NotAnOnnxModelError);
        }
      }),
    );
  });
});
