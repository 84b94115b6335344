import { onnxFile, OnnxNode } from '../testing/onnx.builder';
import { GraphIndex } from './graph-index';
import { integersAt } from './integer-constant';
import { readOnnxModel } from './onnx-graph';

function indexOf(...nodes: OnnxNode[]): GraphIndex {
  const integers = (name: string, ...values: bigint[]) => ({
    name,
    dims: [values.length],
    data: BigInt64Array.from(values),
  });
  const bytes = onnxFile({
    inputs: [{ name: 'x', type: 'float32', dims: ['batch', 3, 'height', 'width'] }],
    outputs: [],
    constants: [
      { name: 'w', dims: [32, 3, 1, 1], data: new Float32Array(96) },
      integers('one', 1n),
      integers('two', 2n),
      integers('minus one', -1n),
      integers('zero', 0n),
      integers('several', 4n, 5n, 7n),
    ],
    nodes: [{ type: 'Conv', inputs: ['x', 'w'], outputs: ['c'] }, ...nodes],
  });
  return new GraphIndex(readOnnxModel(bytes).graph);
}

const op = (type: string, output: string, ...inputs: string[]): OnnxNode => ({
  type,
  inputs,
  outputs: [output],
});

describe('integersAt', () => {
  it.each([
    ['a constant', [], 'several', [4, 5, 7]],
    ['a sum', [op('Add', 'y', 'several', 'one')], 'y', [5, 6, 8]],
    ['a difference', [op('Sub', 'y', 'one', 'two')], 'y', [-1]],
    ['a quotient, towards zero', [op('Div', 'y', 'several', 'two')], 'y', [2, 2, 3]],
    ['a product', [op('Mul', 'y', 'several', 'minus one')], 'y', [-4, -5, -7]],
    ['one of several', [op('Gather', 'y', 'several', 'minus one')], 'y', [7]],
    ['several joined', [op('Concat', 'y', 'one', 'several')], 'y', [1, 4, 5, 7]],
    ['what is only reshaped', [op('Unsqueeze', 'u', 'two', 'zero'), op('Cast', 'y', 'u')], 'y', [2]],
    ['channels', [op('Shape', 's', 'c'), op('Gather', 'y', 's', 'one')], 'y', [32]],
    ['unknown height', [op('Shape', 's', 'c'), op('Gather', 'y', 's', 'two')], 'y', [undefined]],
    [
      'half of an unknown',
      [op('Shape', 's', 'c'), op('Gather', 'g', 's', 'two'), op('Div', 'y', 'g', 'two')],
      'y',
      [undefined],
    ],
    ['a division by zero', [op('Div', 'y', 'one', 'zero')], 'y', [undefined]],
  ] as [string, OnnxNode[], string, (number | undefined)[]][])('works out %s', (_, nodes, name, expected) => {
    expect(integersAt(indexOf(...nodes), name)).toEqual(expected);
  });

  it.each([
    ['an image', [], 'x'],
    ['a shape of an image', [op('Shape', 'y', 'x')], 'y'],
    ['any other operation', [op('Neg', 'y', 'one')], 'y'],
    ['vectors that do not fit', [op('Concat', 'a', 'one', 'two'), op('Add', 'y', 'several', 'a')], 'y'],
    ['a value that depends on itself', [op('Add', 'y', 'y', 'one')], 'y'],
  ] as [string, OnnxNode[], string][])('gives nothing for %s', (_, nodes, name) => {
    expect(integersAt(indexOf(...nodes), name)).toBeUndefined();
  });

  it('takes no longer for values used over and over, and gives up on long ones', () => {
    const doubled = (type: string) =>
      Array.from({ length: 30 }, (_, step) => op(type, `v${step + 1}`, `v${step}`, `v${step}`));
    const start = op('Identity', 'v0', 'one');
    expect(integersAt(indexOf(start, ...doubled('Add')), 'v30')).toEqual([2 ** 30]);
    expect(integersAt(indexOf(start, ...doubled('Concat')), 'v30')).toBeUndefined();
  });
});
