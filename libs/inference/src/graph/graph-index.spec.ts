import { onnxFile, OnnxNode } from '../testing/onnx.builder';
import { GraphIndex } from './graph-index';
import { readOnnxModel } from './onnx-graph';

const relu = (input: string, output: string): OnnxNode => ({
  type: 'Relu',
  inputs: [input],
  outputs: [output],
});
const same = (input: string, output: string): OnnxNode => ({ ...relu(input, output), type: 'Identity' });

function indexOf(...nodes: OnnxNode[]): GraphIndex {
  const bytes = onnxFile({
    inputs: [{ name: 'x', type: 'float32', dims: [1] }],
    outputs: [{ name: 'y', type: 'float32', dims: [1] }],
    constants: [{ name: 'w', dims: [1], data: Float32Array.of(1) }],
    nodes,
  });
  return new GraphIndex(readOnnxModel(bytes).graph);
}

describe('GraphIndex', () => {
  it('knows who computes and who uses a value', () => {
    const index = indexOf(relu('x', 'a'), { type: 'Add', inputs: ['a', 'a'], outputs: ['y'] });
    expect(index.producerOf('a')?.type).toBe('Relu');
    expect(index.producerOf('x')).toBeUndefined();
    expect(index.usersOf('a').map(({ type }) => type)).toEqual(['Add']);
    expect([index.isOutput('y'), index.isOutput('a')]).toEqual([true, false]);
    expect(index.inOrder(['y', 'x', 'a'])).toEqual(['a', 'y']);
  });

  it('knows constants, and layers that share one', () => {
    const index = indexOf(same('w', 'v'), same('v', 'u'), relu('w', 'computed'));
    expect(index.constantOf('w')?.name).toBe('w');
    expect(index.constantOf('u')?.name).toBe('w');
    expect(index.constantOf('computed')).toBeUndefined();
    expect(index.constantOf('x')).toBeUndefined();
  });

  it('does not follow equal values in circles', () => {
    expect(indexOf(same('a', 'b'), same('b', 'a')).constantOf('a')).toBeUndefined();
  });

  it('finds names nobody has', () => {
    const index = indexOf(relu('x', 'a'), relu('a', 'a_1'));
    expect(index.freshName('a')).toBe('a_2');
    expect(index.freshName('w')).toBe('w_1');
    expect(index.freshName('b')).toBe('b');
  });
});
