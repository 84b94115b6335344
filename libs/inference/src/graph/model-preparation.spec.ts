import { ModelRunFailedError } from '../errors';
import { ModelRunner } from '../model-runner';
import { openOnnxModel } from '../onnx.model-runner';
import { ManualClock } from '../testing/manual-clock';
import { protobuf, repeated } from '../testing/protobuf.writer';
import { tinyDetectorOnnx } from '../testing/tiny-detector';
import { PreparationRequest, prepareModel, rewritesFor } from './model-preparation';
import { readOnnxModel } from './onnx-graph';
import { floatsOf, floatTensor } from './onnx-tensor';
import { Rewrite } from './rewrite';
import { cutHead } from './rewrites/cut-head.rewrite';
import { splitConvolution } from './rewrites/split-convolution.rewrite';
import { SYNTHETIC_SIDE, SYNTHETIC_STOCK, syntheticDetectorOnnx } from './testing/synthetic-detector';
import { UnreadableGraphError } from './unreadable-graph.error';
import { warmUpImages } from './warm-up.images';

jest.setTimeout(60_000);

/** Opens models with ONNX Runtime and lets each run take as long as the test says; counts what is open. */
class TimedRuntime {
  readonly clock = new ManualClock();
  opened = 0;
  openNow = 0;
  mostOpen = 0;

  constructor(private readonly costMs: (bytes: Uint8Array) => number) {}

  readonly open = async (bytes: Uint8Array): Promise<ModelRunner> => {
    const runner = await openOnnxModel(bytes, { device: 'cpu', intraOpThreads: 1 });
    this.opened++;
    this.mostOpen = Math.max(this.mostOpen, ++this.openNow);
    const cost = this.costMs(bytes);
    return {
      signature: runner.signature,
      run: (input) => {
        this.clock.advance(cost);
        return runner.run(input);
      },
      close: async () => {
        this.openNow--;
        await runner.close();
      },
    };
  };
}

const nodesOf = (bytes: Uint8Array): readonly string[] =>
  readOnnxModel(bytes).graph.nodes.map(({ type }) => type);
const isFolded = (bytes: Uint8Array): boolean => nodesOf(bytes)[0] === 'Cast';
const isSplit = (bytes: Uint8Array): boolean =>
  readOnnxModel(bytes).graph.constants.some(({ name }) => name.endsWith('_8_16'));
const isCut = (bytes: Uint8Array): boolean => !nodesOf(bytes).includes('Softmax');

const STOCK = syntheticDetectorOnnx();

function request(runtime: TimedRuntime, overrides: Partial<PreparationRequest> = {}): PreparationRequest {
  return {
    bytes: STOCK,
    stock: SYNTHETIC_STOCK,
    open: runtime.open,
    images: warmUpImages(SYNTHETIC_SIDE, SYNTHETIC_SIDE),
    clock: runtime.clock,
    ...overrides,
  };
}

/** Scales every weight, so that answers change. */
const spoil = (factor: number): Rewrite => ({
  name: 'spoil',
  apply: (graph) => ({
    ...graph,
    constants: graph.constants.map((constant) => {
      const values = constant.dims.length === 4 && constant.dims[1] === 16 ? floatsOf(constant) : undefined;
      return values
        ? floatTensor(
            constant.name,
            constant.dims,
            values.map((value) => value * factor),
          )
        : constant;
    }),
  }),
});

const breakGraph: Rewrite = {
  name: 'break',
  apply: (graph) => ({ ...graph, nodes: graph.nodes.slice(1) }),
};

describe('prepareModel', () => {
  it('applies every rewrite that is proven and faster', async () => {
    const runtime = new TimedRuntime(
      (bytes) => 20 - (isFolded(bytes) ? 2 : 0) - (isSplit(bytes) ? 3 : 0) - (isCut(bytes) ? 5 : 0),
    );
    const prepared = await prepareModel(request(runtime));
    expect(prepared).toMatchObject({
      applied: ['folded-input', 'split-convolution', 'cut-head'],
      speedup: 2,
      format: { inputType: 'uint8', channels: 1, normalisation: 'raw' },
    });
    expect(prepared.rejected).toBeUndefined();
    expect(prepared.largestDifference).toBeLessThan(1e-4);
    expect(prepared.largestShift).toBeLessThan(0.05);
    expect([isFolded, isSplit, isCut].every((is) => is(prepared.bytes))).toBe(true);
    expect([runtime.openNow, runtime.mostOpen]).toEqual([0, 3]);
  });

  it('drops a rewrite that is not faster and keeps the others', async () => {
    const runtime = new TimedRuntime(
      (bytes) => 20 - (isFolded(bytes) ? 2 : 0) + (isSplit(bytes) ? 1 : 0) - (isCut(bytes) ? 5 : 0),
    );
    const prepared = await prepareModel(request(runtime));
    expect(prepared.applied).toEqual(['folded-input', 'cut-head']);
    expect(prepared.rejected).toBe('split-convolution: not faster: 0.947 times the speed without it');
    expect(isSplit(prepared.bytes)).toBe(false);
    expect(runtime.openNow).toBe(0);
  });

  it('keeps the stock graph, to the byte, when nothing is faster', async () => {
    const runtime = new TimedRuntime(() => 20);
    const prepared = await prepareModel(request(runtime));
    expect(prepared).toMatchObject({
      applied: [],
      speedup: 1,
      largestDifference: 0,
      format: { inputType: 'float32', channels: 3, normalisation: 'unit' },
    });
    expect(prepared.bytes).toBe(STOCK);
    expect(prepared.rejected).toMatch(/folded-input: not faster.*cut-head: not faster/);
    expect(runtime.openNow).toBe(0);
  });

  it.each([
    [1.05, /spoil: differs by 0\.\d+ in scores \(at most 0\.001\) and \d/],
    [NaN, /spoil: differs by Infinity/],
  ])('drops a rewrite that changes answers (weights × %d), however fast', async (factor, reason) => {
    const runtime = new TimedRuntime((bytes) => (bytes === STOCK ? 20 : 1));
    const rewrites = [spoil(factor), splitConvolution];
    const prepared = await prepareModel(request(runtime, { rewrites }));
    expect(prepared.applied).toEqual(['split-convolution']);
    expect(prepared.rejected).toMatch(reason);
    expect(runtime.openNow).toBe(0);
  });

  it('drops a rewrite that the runtime refuses', async () => {
    const runtime = new TimedRuntime((bytes) => (bytes === STOCK ? 20 : 1));
    const prepared = await prepareModel(request(runtime, { rewrites: [breakGraph, cutHead] }));
    expect(prepared.applied).toEqual(['cut-head']);
    expect(prepared.rejected).toMatch(/^break: the runtime refuses it: .+/);
    expect(runtime.openNow).toBe(0);
  });

  it('drops a rewrite that meets junk deep inside the graph', async () => {
    const confused: Rewrite = {
      name: 'confused',
      apply: () => {
        throw new UnreadableGraphError({ part: 'attribute', reason: 'test', offset: 0 });
      },
    };
    const prepared = await prepareModel(request(new TimedRuntime(() => 1), { rewrites: [confused] }));
    expect(prepared).toMatchObject({
      applied: [],
      rejected: expect.stringMatching(/^confused: .*attribute/),
    });
  });

  it('says so when no rewrite matches', async () => {
    const bytes = tinyDetectorOnnx();
    const prepared = await prepareModel(request(new TimedRuntime(() => 1), { bytes }));
    expect(prepared).toMatchObject({ applied: [], rejected: 'no rewrite matches this graph' });
  });

  it.each([
    ['junk', Buffer.from('junk'), /cannot be read/],
    [
      'a graph with branches',
      protobuf([7, protobuf([1, protobuf([5, protobuf([1, 'body'], [6, ''])])])]),
      /branches/,
    ],
    [
      'a graph of endless length',
      protobuf([7, protobuf(...repeated(1, new Array<string>(20_001).fill('')))]),
      /20000 nodes/,
    ],
  ])('leaves %s to the runtime, unopened', async (_, bytes, reason) => {
    const runtime = new TimedRuntime(() => 1);
    const prepared = await prepareModel(request(runtime, { bytes }));
    expect(prepared.rejected).toMatch(reason);
    expect([prepared.bytes, runtime.opened]).toEqual([bytes, 0]);
  });

  it('rejects, with everything closed, when the stock model fails', async () => {
    const runtime = new TimedRuntime(() => 1);
    const fails = async (bytes: Uint8Array): Promise<ModelRunner> => ({
      ...(await runtime.open(bytes)),
      run: () => Promise.reject(new ModelRunFailedError({ reason: 'test' })),
    });
    await expect(prepareModel(request(runtime, { open: fails }))).rejects.toThrow(ModelRunFailedError);
    expect(runtime.openNow).toBe(0);
  });

  it('closes everything when a model fails while it is timed', async () => {
    const runtime = new TimedRuntime(() => 1);
    const failsLater = async (bytes: Uint8Array): Promise<ModelRunner> => {
      const runner = await runtime.open(bytes);
      let left = 5;
      const run: ModelRunner['run'] = (input) =>
        left-- > 0 ? runner.run(input) : Promise.reject(new ModelRunFailedError({ reason: 'test' }));
      return { ...runner, run };
    };
    await expect(prepareModel(request(runtime, { open: failsLater }))).rejects.toThrow(ModelRunFailedError);
    expect(runtime.openNow).toBe(0);
  });
});

describe('rewrites', () => {
  it('take a damaged graph, or refuse it as unreadable, never worse', () => {
    let state = 5;
    const random = (below: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const file = syntheticDetectorOnnx({ halves: 'computed-slices' });
    const nodesEnd = Buffer.from(file).indexOf('tiny');
    for (let round = 0; round < 400; round++) {
      const damaged = Uint8Array.from(file);
      for (let times = 0; times <= round % 3; times++) damaged[random(nodesEnd)] = random(256);
      try {
        const { graph } = readOnnxModel(damaged);
        for (const rewrite of rewritesFor(SYNTHETIC_STOCK)) rewrite.apply(graph);
      } catch (error) {
        expect(error).toBeInstanceOf(UnreadableGraphError);
      }
    }
  });
});

describe('rewritesFor', () => {
  it('cuts heads of anchor-free detectors only', () => {
    const names = (layout: 'anchor-free' | 'yolox') =>
      rewritesFor({ ...SYNTHETIC_STOCK, layout }).map(({ name }) => name);
    expect(names('anchor-free')).toEqual([
      'folded-input',
      'split-convolution',
      'hoisted-upsampling',
      'cut-head',
    ]);
    expect(names('yolox')).toEqual(['folded-input', 'split-convolution', 'hoisted-upsampling']);
  });
});
