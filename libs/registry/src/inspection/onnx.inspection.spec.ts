import {
  contentField,
  MessageField,
  messageField,
  numberField,
  writeMessage,
} from '@thorax/platform/protobuf';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OnnxFileParts, onnxFile, onnxGraph, onnxNode, onnxTensor, onnxValue } from '../testing';
import { INSPECTION_POLICY } from './inspection.policy';
import { InspectionProblem, PROBLEM_CODES } from './inspection.problem';
import { inspectOnnx } from './onnx.inspection';

const models = join(__dirname, '../../../../models');
const codesOf = (bytes: Uint8Array) => inspectOnnx(bytes).problems.map(({ code }) => code);
const problemOf = (parts: Partial<OnnxFileParts>): InspectionProblem | undefined =>
  inspectOnnx(onnxFile(parts)).problems[0];
const withTensor = (tensor: readonly MessageField[]) => ({ initialisers: [tensor] });
const external = (...entries: [key: string, value: string][]) => [
  ...entries.map(([key, value]) => messageField(13, [contentField(1, key), contentField(2, value)])),
  numberField(14, 1),
];

/** Graphs within graphs, by `If` in `If`. */
function nested(depth: number): MessageField[] {
  const inner =
    depth > 1 ? [onnxNode('If', '', [[contentField(1, 'then'), messageField(6, nested(depth - 1))]])] : [];
  return onnxGraph({ nodes: [...inner, onnxNode('Relu')] });
}

describe('inspectOnnx', () => {
  it('describes the demonstration model and finds nothing against it', () => {
    const bytes = readFileSync(join(models, 'demonstration/model.onnx'));
    const { report, problems } = inspectOnnx(bytes);
    expect(problems).toEqual([]);
    expect(report).toMatchObject({
      sizeBytes: bytes.length,
      opsets: [{ domain: 'ai.onnx', version: 17 }],
      depth: 1,
      inputs: [{ name: 'images', type: 'float32', dims: ['batch', 3, 640, 640] }],
      outputs: [{ name: 'output0', type: 'float32' }],
      functions: [],
    });
    const { operators, nodes, initialisers, metadata } = report!;
    expect(operators.find(({ type }) => type === 'Conv')!.count).toBeGreaterThan(100);
    expect(operators.reduce((sum, { count }) => sum + count, 0)).toBe(nodes);
    expect(initialisers.bytes).toBeGreaterThan(0.9 * bytes.length);
    expect(initialisers.bytes).toBeLessThan(bytes.length);
    expect(metadata.find(({ key }) => key === 'imgsz')).toEqual({ key: 'imgsz', value: '[640, 640]' });
  });

  it('finds nothing against its INT8 form either', () => {
    const { report, problems } = inspectOnnx(readFileSync(join(models, 'demonstration-int8/model.onnx')));
    expect(problems).toEqual([]);
    expect(report!.operators.map(({ type }) => type)).toContain('QuantizeLinear');
  });

  it.each<[string, Partial<OnnxFileParts>]>([
    ['an open dimension without a name', { inputs: [onnxValue('images', ['', 3, 8, 8])] }],
    ['other sets of operators that no node uses', { opsets: [['', 17], ['com.microsoft', 1]] }],
    ['the long name of the standard set', { opsets: [['ai.onnx', 17]], nodes: [onnxNode('Relu', 'ai.onnx')] }],
    ['an empty tensor', withTensor(onnxTensor({ dims: [0], rawBytes: 0 }))],
    ['a scalar', withTensor(onnxTensor({ dims: [], rawBytes: 4 }))],
    ['4-bit elements, two in a byte', withTensor(onnxTensor({ dims: [3], type: 22, rawBytes: 2 }))],
    ['packed floats', withTensor(onnxTensor({ rawBytes: 0, fields: [contentField(4, new Uint8Array(16))] }))],
    ['packed integers', withTensor(onnxTensor({ type: 7, dims: [2], rawBytes: 0, fields: [contentField(7, Uint8Array.of(0x80, 1, 5))] }))],
    ['integers one by one', withTensor(onnxTensor({ type: 7, dims: [2], rawBytes: 0, fields: [numberField(7, 1), numberField(7, -1)] }))],
    ['branches three deep', { graph: nested(3) }],
  ])('takes %s', (_, parts) => expect(problemOf(parts)).toBeUndefined()); // prettier-ignore

  it.each<[string, Partial<OnnxFileParts>, InspectionProblem['code'], RegExp]>([
    ['weights in another file', withTensor(onnxTensor({ rawBytes: 0, fields: external(['location', 'weights.bin']) })), 'EXTERNAL_DATA', /"location": "weights.bin"/],
    ['weights at an absolute path', withTensor(onnxTensor({ rawBytes: 0, fields: external(['location', '/etc/passwd']) })), 'EXTERNAL_DATA', /"\/etc\/passwd"/],
    ['weights above its folder', withTensor(onnxTensor({ rawBytes: 0, fields: external(['location', '../../x\n\u202e']) })), 'EXTERNAL_DATA', /"\.\.\/\.\.\/x\ufffd\ufffd"/],
    ['unknown keys of external data', withTensor(onnxTensor({ rawBytes: 0, fields: external(['__class__', 'x']) })), 'EXTERNAL_DATA', /unknown key "__class__"/],
    ['a location outside without saying where', withTensor(onnxTensor({ fields: [numberField(14, 1)] })), 'EXTERNAL_DATA', /outside of the file;/],
    ['a location that wraps around to 1', withTensor(onnxTensor({ fields: [numberField(14, 2 ** 32 + 1)] })), 'EXTERNAL_DATA', /outside/],
    ['external data said to be inside', withTensor(onnxTensor({ fields: [...external(['location', 'x']).slice(0, 1), numberField(14, 0)] })), 'EXTERNAL_DATA', /"x"/],
    ['external data of an attribute', { nodes: [onnxNode('Constant', '', [[messageField(5, onnxTensor({ rawBytes: 0, fields: external(['location', '/x']) }))]])] }, 'EXTERNAL_DATA', /"\/x"/],
    ['external data of a branch', { graph: [...onnxGraph({ nodes: [onnxNode('If', '', [[messageField(6, onnxGraph(withTensor(onnxTensor({ rawBytes: 0, fields: external(['location', '/x']) }))))]])] })] }, 'EXTERNAL_DATA', /"\/x"/],
    ['texts', withTensor(onnxTensor({ type: 8, rawBytes: 0 })), 'STRING_TENSOR', /texts/],
    ['texts called numbers', withTensor(onnxTensor({ fields: [contentField(6, 'x')] })), 'STRING_TENSOR', /texts/],
    ['complex numbers', withTensor(onnxTensor({ type: 14 })), 'ELEMENT_TYPE', /type 14/],
    ['a type that wraps around to float', withTensor(onnxTensor({ type: 2 ** 32 + 1 })), 'ELEMENT_TYPE', /type 4294967297/],
    ['fewer bytes than its shape', withTensor(onnxTensor({ dims: [1_000_000, 1_000_000] })), 'TENSOR_SIZE', /4000000000000 bytes, and holds 16/],
    ['a shape beyond all numbers', withTensor(onnxTensor({ dims: [2 ** 50, 2 ** 50] })), 'TENSOR_SIZE', /more than fits anywhere/],
    ['a shape that multiplies to its size by wrapping around', withTensor(onnxTensor({ dims: [-2, -2] })), 'TENSOR_SIZE', /negative/],
    ['no elements at all', withTensor(onnxTensor({ rawBytes: 0 })), 'TENSOR_SIZE', /4 elements, and holds 0/],
    ['elements twice', withTensor(onnxTensor({ fields: [contentField(4, new Uint8Array(16))] })), 'TENSOR_SIZE', /twice/],
    ['elements of another type', withTensor(onnxTensor({ rawBytes: 0, fields: [contentField(10, new Uint8Array(32))] })), 'TENSOR_SIZE', /another type/],
    ['a part of a tensor', withTensor(onnxTensor({ fields: [messageField(3, [numberField(1, 0)])] })), 'TENSOR_SIZE', /part/],
    ['seventeen dimensions', withTensor(onnxTensor({ dims: new Array<number>(17).fill(1), rawBytes: 4 })), 'TENSOR_SIZE', /more than 16/],
    ['a million dimensions in one list', withTensor(onnxTensor({ dims: [], fields: [contentField(1, new Uint8Array(1_000_000))] })), 'TENSOR_SIZE', /more than 16/],
    ['sparse tensors', { graph: [messageField(15, [])] }, 'SPARSE_TENSOR', /sparse/],
    ['operators of others', { nodes: [onnxNode('Exec', 'com.evil')] }, 'OPERATOR_DOMAIN', /"Exec" of "com.evil"/],
    ['loops', { nodes: [onnxNode('Loop')] }, 'OPERATOR', /"Loop"/],
    ['an operator in a branch that is not taken', { graph: onnxGraph({ nodes: [onnxNode('If', '', [[messageField(11, onnxGraph({ nodes: [onnxNode('RandomNormal')] }))]])] }) }, 'OPERATOR', /"RandomNormal"/],
    ['a node without a type', { nodes: [[]] }, 'OPERATOR', /""/],
    ['functions', { model: [messageField(25, [contentField(1, 'f')])] }, 'FUNCTIONS', /functions/],
    ['training graphs', { model: [messageField(20, [])] }, 'TRAINING_GRAPH', /training/],
    ['branches five deep', { graph: nested(5) }, 'SUBGRAPH_DEPTH', /4 deep/],
    ['an old set of operators', { opsets: [['', 6]] }, 'OPSET', /states 6/],
    ['a set of operators of the future', { opsets: [['', 99]] }, 'OPSET', /states 99/],
    ['two sets of standard operators', { opsets: [['', 17], ['ai.onnx', 18]] }, 'OPSET', /17 and 18/],
    ['no set of operators', { opsets: [] }, 'OPSET', /none/],
    ['a format of the future', { irVersion: 99 }, 'IR_VERSION', /99 came/],
    ['a sequence as input', { inputs: [[contentField(1, 'x'), messageField(2, [messageField(4, [])])]] }, 'NOT_A_TENSOR', /"x"/],
    ['two graphs', { model: [messageField(7, [])] }, 'DUPLICATE_FIELD', /Field 7 .* model/],
    ['two types of one node', { nodes: [[...onnxNode('Add'), contentField(4, 'Loop')]] }, 'DUPLICATE_FIELD', /Field 4 .* node/],
    ['two contents of one tensor', withTensor(onnxTensor({ fields: [contentField(9, new Uint8Array(16))] })), 'DUPLICATE_FIELD', /Field 9 .* tensor/],
  ])('refuses %s', (_, parts, code, message) => {
    const problem = problemOf(parts);
    expect(problem).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(problem!.remedy).not.toBe('');
  }); // prettier-ignore

  it.each([
    ['an empty file', new Uint8Array(), 'NO_GRAPH'],
    ['text', Buffer.from('<html>404</html>'), 'UNREADABLE'],
    ['half a model', onnxFile().subarray(0, 60), 'UNREADABLE'],
    ['a number that never ends', new Uint8Array(1_000).fill(0xff), 'UNREADABLE'],
    [
      'a length beyond the file',
      Uint8Array.of(0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 1),
      'UNREADABLE',
    ],
    ['a negative length', Uint8Array.of(0x3a, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1), 'UNREADABLE'],
  ])('refuses %s', (_, bytes, code) => {
    expect(inspectOnnx(bytes)).toMatchObject({ report: null, problems: [{ code }] });
  });

  it('does not read what is larger than is taken', () => {
    const policy = { ...INSPECTION_POLICY, limits: { ...INSPECTION_POLICY.limits, fileBytes: 10 } };
    expect(inspectOnnx(onnxFile(), policy)).toMatchObject({
      report: null,
      problems: [{ code: 'FILE_TOO_LARGE' }],
    });
  });

  it('lists as many problems as a reader can use, and says that there are more', () => {
    const { problems } = inspectOnnx(
      onnxFile({ nodes: Array.from({ length: 500 }, (_, i) => onnxNode(`Op${i}`)) }),
    );
    expect(problems).toHaveLength(20);
    expect(problems.at(-1)!.message).toMatch(/There are more/);
  });

  it('keeps nothing of a file that a log, a page or a database could trip over', () => {
    const { report } = inspectOnnx(onnxFile({ metadata: { 'k\0\n': `\u202e${'x'.repeat(100_000)}` } }));
    const [{ key, value }] = report!.metadata;
    expect(key).toBe('k\ufffd\ufffd');
    expect(value).toMatch(/^\ufffdx{32767}…$/);
  });
});

describe('inspectOnnx on hostile files', () => {
  const within = (ms: number, megabytes: number, inspect: () => void) => {
    const before = process.memoryUsage();
    const start = performance.now();
    inspect();
    expect(performance.now() - start).toBeLessThan(ms);
    const after = process.memoryUsage();
    expect((after.arrayBuffers - before.arrayBuffers) / 2 ** 20).toBeLessThan(megabytes);
  };
  /** `count` fields of that number without content. */
  const empties = (number: number, count: number) => {
    const bytes = new Uint8Array(2 * count);
    for (let index = 0; index < bytes.length; index += 2) bytes[index] = number * 8 + 2;
    return bytes;
  };

  it.each([
    ['ten million nodes', writeMessage([contentField(7, empties(1, 10_000_000))]), /at most 50000 nodes/],
    [
      'ten million weights',
      writeMessage([contentField(7, empties(5, 10_000_000))]),
      /at most 50000 initialisers/,
    ],
    ['ten million fields that mean nothing', empties(15, 10_000_000), /at most 1000000 fields/],
    ['ten million inputs', writeMessage([contentField(7, empties(11, 10_000_000))]), /at most 60000 values/],
  ])('refuses %s in seconds and without their weight in memory', (_, bytes, message) => {
    within(5_000, 50, () =>
      expect(inspectOnnx(bytes).problems.at(-1)).toMatchObject({
        code: 'TOO_MANY_PARTS',
        message: expect.stringMatching(message),
      }),
    );
  });

  it('stops at its depth in a nest of two thousand graphs', () => {
    let graph: Uint8Array = new Uint8Array();
    for (let level = 0; level < 2_000; level++) {
      graph = writeMessage([messageField(1, [messageField(5, [contentField(6, graph)])])]);
    }
    within(1_000, 10, () =>
      expect(codesOf(writeMessage([contentField(7, graph)]))).toContain('SUBGRAPH_DEPTH'),
    );
  });

  it('reads 100 MB of weights in less than a second and copies none', () => {
    const bytes = onnxFile(withTensor(onnxTensor({ dims: [25_000_000], rawBytes: 100_000_000 })));
    within(1_000, 1, () =>
      expect(inspectOnnx(bytes)).toMatchObject({
        problems: [],
        report: { initialisers: { bytes: 100_000_000 } },
      }),
    );
  });

  it('answers any bytes with a report or problems of its own', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const { report, problems } = inspectOnnx(bytes);
        expect(report !== null || problems.length > 0).toBe(true);
        problems.forEach(({ code }) => expect(PROBLEM_CODES).toContain(code));
      }),
      { numRuns: 1_000 },
    );
  });

  it('answers models with damaged bytes, and models cut short, in no other way', () => {
    const whole = onnxFile({ graph: nested(3), metadata: { names: "{0: 'a'}" } });
    const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(damage, fc.nat(whole.length), (changes, length) => {
        const damaged = Uint8Array.from(whole);
        for (const [index, value] of changes) damaged[index] = value;
        inspectOnnx(damaged);
        const { report, problems } = inspectOnnx(damaged.subarray(0, length));
        expect(report !== null || problems.length > 0).toBe(true);
        expect(() => JSON.parse(JSON.stringify({ report, problems }))).not.toThrow();
      }),
      { numRuns: 2_000 },
    );
  });
});
