import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OUTPUT_LAYOUTS } from '../output-layout';
import { onnxFile } from '../testing/onnx.builder';
import { protobuf, repeated } from '../testing/protobuf.writer';
import { tinyDetectorOnnx } from '../testing/tiny-detector';
import { feedsOf, hasSubgraphs, readOnnxModel, withoutUnused, writeOnnxModel } from './onnx-graph';
import { readNode } from './onnx-node';
import { syntheticDetectorOnnx } from './testing/synthetic-detector';
import { UnreadableGraphError } from './unreadable-graph.error';

const DEMONSTRATION = join(__dirname, '../../../../models/demonstration/model.onnx');
const rewritten = (bytes: Uint8Array): Uint8Array => writeOnnxModel(readOnnxModel(bytes));

describe('readOnnxModel and writeOnnxModel', () => {
  it.each(OUTPUT_LAYOUTS)('give back the bytes of a %s model', (layout) => {
    const bytes = tinyDetectorOnnx({ layout, busyWork: 1 });
    expect(Buffer.compare(rewritten(bytes), bytes)).toBe(0);
  });

  it('give back the bytes of a model with every kind of node used here', () => {
    const bytes = syntheticDetectorOnnx({ halves: 'computed-slices' });
    expect(Buffer.compare(rewritten(bytes), bytes)).toBe(0);
  });

  // A checkout without the large files has no model.
  (existsSync(DEMONSTRATION) ? it : it.skip)('give back the bytes that PyTorch wrote', () => {
    const bytes = readFileSync(DEMONSTRATION);
    expect(Buffer.compare(rewritten(bytes), bytes)).toBe(0);
  });

  it('keep what they do not understand, on every level', () => {
    const strange = protobuf([1, 'in'], [2, 'out'], [4, 'Relu'], [9, 'metadata'], [4000, 'from the future']);
    const graph = protobuf([1, strange], [2, 'name'], [15, 'sparse'], [300, 7]);
    const bytes = protobuf([1, 8], [7, graph], [14, 'entry'], [20, 'training'], [999, 2 ** 40]);
    expect(Buffer.compare(rewritten(bytes), bytes)).toBe(0);
  });

  it('put fields into the usual order, elements keeping theirs', () => {
    const node = (name: string) => protobuf([1, name], [4, 'Relu']);
    const unusual = protobuf([7, protobuf([11, protobuf([1, 'x'])], [1, node('a')], [1, node('b')])], [1, 8]);
    const usual = protobuf([1, 8], [7, protobuf([1, node('a')], [1, node('b')], [11, protobuf([1, 'x'])])]);
    expect(Buffer.compare(rewritten(unusual), usual)).toBe(0);
  });

  it('read what a model declares', () => {
    const { graph, opset } = readOnnxModel(tinyDetectorOnnx({ inputSize: 64 }));
    expect(opset).toBe(17);
    expect(graph.inputs).toMatchObject([{ name: 'images', type: 1, dims: ['batch', 3, 64, 64] }]);
    expect(graph.outputs).toMatchObject([{ name: 'output0', dims: ['batch', 18, 84] }]);
  });

  it('do not take constants that old files declare for inputs', () => {
    const value = (name: string) => ({ name, type: 'float32', dims: [1] }) as const;
    const { graph } = readOnnxModel(
      onnxFile({
        inputs: [value('x'), value('w')],
        outputs: [value('y')],
        constants: [{ name: 'w', dims: [1], data: Float32Array.of(1) }],
        nodes: [{ type: 'Add', inputs: ['x', 'w'], outputs: ['y'] }],
      }),
    );
    expect(feedsOf(graph).map(({ name }) => name)).toEqual(['x']);
  });
});

describe('junk', () => {
  const bytes = tinyDetectorOnnx({ classes: ['a', 'b'], inputSize: 32 });

  it.each([
    ['nothing', new Uint8Array(), /holds no graph/],
    ['a text', Buffer.from('this is not a model'), /cannot be read/],
    ['two graphs', protobuf([7, ''], [7, '']), /several graphs/],
    ['field number 0', Uint8Array.of(0, 0), /field number 0/],
    ['an endless number', new Uint8Array(11).fill(0xff), /longer than 64 bits/],
    ['a length beyond the end', Uint8Array.of(0x3a, 0x7f, 1), /ends inside a field/],
    ['a negative length', Uint8Array.of(0x3a, ...new Array<number>(9).fill(0xff), 1), /negative length/],
    ['a group', Uint8Array.of(0x0b), /unknown wire type 3/],
  ])('%s is refused with a reason and a remedy', (_, junk, reason) => {
    const read = (): unknown => readOnnxModel(junk);
    expect(read).toThrow(UnreadableGraphError);
    expect(read).toThrow(reason);
    expect(read).toThrow(
      expect.objectContaining({ code: 'UNREADABLE_ONNX_GRAPH', remedy: expect.any(String) }),
    );
  });

  it('a model cut short anywhere is refused in no other way', () => {
    const graphEnd = bytes.length - 200;
    for (let length = 0; length < graphEnd; length += 7) expectReadOrRefused(bytes.subarray(0, length));
    expect(() => readOnnxModel(bytes.subarray(0, graphEnd / 2))).toThrow(UnreadableGraphError);
  });

  it('a model with any one byte damaged is read or refused, never worse', () => {
    let state = 1;
    const random = (below: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    for (let round = 0; round < 3000; round++) {
      const damaged = Uint8Array.from(bytes);
      damaged[random(bytes.length)] = random(256);
      expectReadOrRefused(damaged);
    }
  });

  function expectReadOrRefused(damaged: Uint8Array): void {
    try {
      rewritten(damaged);
    } catch (error) {
      expect(error).toBeInstanceOf(UnreadableGraphError);
    }
  }
});

describe('withoutUnused', () => {
  it('drops nodes and constants no output needs, and notes on shapes', () => {
    const bytes = onnxFile({
      inputs: [{ name: 'x', type: 'float32', dims: [1] }],
      outputs: [{ name: 'y', type: 'float32', dims: [1] }],
      constants: [
        { name: 'used', dims: [1], data: Float32Array.of(1) },
        { name: 'unused', dims: [1], data: Float32Array.of(2) },
      ],
      nodes: [
        { type: 'Add', inputs: ['x', 'unused'], outputs: ['nobody wants'] },
        { type: 'Add', inputs: ['x', 'used'], outputs: ['half'] },
        { type: 'Relu', inputs: ['half'], outputs: ['y'] },
      ],
    });
    const { graph } = readOnnxModel(bytes);
    const small = withoutUnused(graph);
    expect(small.nodes.map(({ outputs }) => outputs[0])).toEqual(['half', 'y']);
    expect(small.constants.map(({ name }) => name)).toEqual(['used']);
    expect(small.inputs).toHaveLength(1);
  });
});

describe('hasSubgraphs', () => {
  it('sees graphs inside attributes', () => {
    const branch = protobuf([1, 'then_branch'], [6, protobuf([2, 'inner'])], [20, 5]);
    const graph = readOnnxModel(protobuf([7, protobuf([1, protobuf([4, 'If'], [5, branch])])])).graph;
    expect(hasSubgraphs(graph)).toBe(true);
    expect(hasSubgraphs({ ...graph, nodes: [readNode(protobuf(...repeated(1, ['x']), [4, 'Relu']))] })).toBe(
      false,
    );
  });
});
