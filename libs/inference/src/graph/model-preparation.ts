import { ModelRunner, OutputTensor } from '../model-runner';
import { Stopwatch, timeInterleaved } from './interleaved-timing';
import { hasSubgraphs, OnnxModelFile, readOnnxModel, writeOnnxModel } from './onnx-graph';
import {
  compareOutputs,
  isTolerable,
  larger,
  NO_DIFFERENCE,
  OutputDifference,
  TOLERANCE,
} from './output-comparison';
import { Rewrite } from './rewrite';
import { cutHead } from './rewrites/cut-head.rewrite';
import { foldedInput } from './rewrites/folded-input.rewrite';
import { hoistedUpsampling } from './rewrites/hoisted-upsampling.rewrite';
import { splitConvolution } from './rewrites/split-convolution.rewrite';
import { PreparedFormat, StockModel, Trial } from './trial';
import { UnreadableGraphError } from './unreadable-graph.error';

/** A model to prepare. */
export interface PreparationRequest {
  /** The stock ONNX file. Not changed, and must not change meanwhile. */
  readonly bytes: Uint8Array;
  /** A whole `ModelDescription` will do. */
  readonly stock: StockModel;
  /** Opens a model as it will be opened for serving: same device, same threads. */
  readonly open: (bytes: Uint8Array) => Promise<ModelRunner>;
  /** At least one image of the input's size, gray, row by row; `warmUpImages` makes them. */
  readonly images: readonly Uint8Array[];
  /** `threadCpuStopwatch` for runners with one thread, `systemClock` for others. */
  readonly clock: Stopwatch;
  /** Least number of timed runs of each graph; default and least 7, see `timeInterleaved`. */
  readonly rounds?: number;
  /** Default: all that may be tried on a model of that description, see {@link rewritesFor}. */
  readonly rewrites?: readonly Rewrite[];
}

/** The graph to serve and why. Plain data. */
export interface PreparedModel {
  /** The rewritten file, or the stock one where nothing was applied. */
  readonly bytes: Uint8Array;
  /** Names of the rewrites in `bytes`, in order; empty for the stock graph. */
  readonly applied: readonly string[];
  /** Why rewrites, or all, were dropped; absent when every one that matched is applied. */
  readonly rejected?: string;
  /** Largest difference of a score between `bytes` and the stock graph; 0 for the stock graph. */
  readonly largestDifference: number;
  /** Largest difference of a box coordinate, pixels of the input. */
  readonly largestShift: number;
  /** Time of the stock graph ÷ time of `bytes`, runs alone without reading outputs; 1 for the stock graph. */
  readonly speedup: number;
  /** How `bytes` are fed. */
  readonly format: PreparedFormat;
}

/** Rewriting takes time quadratic in the graph; detectors have some hundred to a few thousand nodes. */
const MOST_NODES = 20_000;

/** The rewrites that suit a model, in the order in which they are tried. */
export function rewritesFor({ normalisation, layout }: StockModel): Rewrite[] {
  const always = [foldedInput(normalisation), splitConvolution, hoistedUpsampling];
  return layout === 'anchor-free' ? [...always, cutHead] : always;
}

/**
 * Makes a model's graph cheaper where that is proven to change nothing and to be faster, and keeps the stock graph
 * otherwise.
 *
 * Rewrites are tried one on top of the other. Each is kept if, on all images, no score differs by more than 1e-3
 * from the stock graph's and no box above a score of 0.05 by more than 0.5 pixels, and if it is faster than the graph
 * without it, in the median of runs taken in turns. The result is timed once more against the stock graph and dropped
 * whole unless it is faster.
 *
 * Never rejects because of a rewrite; rejects like `open` and like the runner when the stock model itself does not
 * open or run. All runners are closed by the end; at most three are open at once. Blocks its thread while models run.
 */
export async function prepareModel(request: PreparationRequest): Promise<PreparedModel> {
  const file = rewritableFile(request.bytes);
  return typeof file === 'string' ? stockModel(request, [file]) : new Preparation(file, request).run();
}

/** A rewrite is not served, for the reason in the message. Never leaves this file. */
class RefusedRewrite extends Error {}

/** A graph that has been proven equal to the stock graph. */
interface Proven {
  readonly file: OnnxModelFile;
  readonly bytes: Uint8Array;
  readonly trial: Trial;
  readonly difference: OutputDifference;
}

/** One call of {@link prepareModel}; used once. */
class Preparation {
  private readonly applied: string[] = [];
  private readonly reasons: string[] = [];
  private best: Proven | undefined;

  constructor(
    private readonly file: OnnxModelFile,
    private readonly request: PreparationRequest,
  ) {}

  async run(): Promise<PreparedModel> {
    const { request } = this;
    const stock = await this.open(request.bytes);
    try {
      const expected = await stock.answers();
      for (const rewrite of request.rewrites ?? rewritesFor(request.stock)) {
        await this.attempt(rewrite, stock, expected);
      }
      return await this.conclude(stock);
    } finally {
      await this.best?.trial.close();
      await stock.close();
    }
  }

  private async attempt(
    rewrite: Rewrite,
    stock: Trial,
    expected: readonly (readonly OutputTensor[])[],
  ): Promise<void> {
    try {
      const graph = rewrite.apply((this.best?.file ?? this.file).graph);
      if (!graph) return;
      const better = await this.prove({ ...this.file, graph }, expected);
      await this.requireFaster(better.trial, this.best?.trial ?? stock);
      await this.best?.trial.close();
      this.best = better;
      this.applied.push(rewrite.name);
    } catch (error) {
      if (!(error instanceof RefusedRewrite || error instanceof UnreadableGraphError)) throw error;
      this.reasons.push(`${rewrite.name}: ${error.message}`);
    }
  }

  /** Opens a rewritten graph and compares its answers; leaves nothing open when it throws. */
  private async prove(file: OnnxModelFile, expected: readonly (readonly OutputTensor[])[]): Promise<Proven> {
    const bytes = writeOnnxModel(file);
    const isAnchorFree = this.request.stock.layout === 'anchor-free';
    let trial: Trial | undefined;
    try {
      trial = await this.open(bytes);
      const difference = (await trial.answers())
        .map((outputs, image) => compareOutputs(expected[image]!, outputs, isAnchorFree))
        .reduce(larger, NO_DIFFERENCE);
      if (!isTolerable(difference)) throw new RefusedRewrite(excessOf(difference));
      return { file, bytes, trial, difference };
    } catch (error) {
      await trial?.close();
      if (error instanceof RefusedRewrite) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new RefusedRewrite(`the runtime refuses it: ${reason}`);
    }
  }

  /** Closes `trial` when it throws. */
  private async requireFaster(trial: Trial, than: Trial): Promise<void> {
    try {
      const { ratio } = await this.time(than, trial);
      if (!(ratio > 1))
        throw new RefusedRewrite(`not faster: ${ratio.toFixed(3)} times the speed without it`);
    } catch (error) {
      await trial.close();
      throw error;
    }
  }

  private async conclude(stock: Trial): Promise<PreparedModel> {
    const { best, applied, reasons, request } = this;
    if (!best) return stockModel(request, reasons.length > 0 ? reasons : ['no rewrite matches this graph']);
    const { ratio } = await this.time(stock, best.trial);
    if (!(ratio > 1)) {
      const slow = `${applied.join(', ')}: not faster, ${ratio.toFixed(3)} times the speed of the stock graph`;
      return stockModel(request, [...reasons, slow]);
    }
    return {
      bytes: best.bytes,
      applied,
      ...(reasons.length > 0 && { rejected: reasons.join('; ') }),
      largestDifference: best.difference.scores,
      largestShift: best.difference.pixels,
      speedup: ratio,
      format: best.trial.format,
    };
  }

  private time(first: Trial, second: Trial): ReturnType<typeof timeInterleaved> {
    const { clock, rounds } = this.request;
    return timeInterleaved(
      () => first.run(),
      () => second.run(),
      clock,
      rounds,
    );
  }

  private async open(bytes: Uint8Array): Promise<Trial> {
    const { open, stock, images } = this.request;
    const runner = await open(bytes);
    try {
      return new Trial(runner, stock, images);
    } catch (error) {
      await runner.close();
      throw error;
    }
  }
}

function excessOf({ scores, pixels }: OutputDifference): string {
  return (
    `differs by ${scores} in scores (at most ${TOLERANCE.scores})` +
    ` and ${pixels} px in boxes (at most ${TOLERANCE.pixels})`
  );
}

/** The file, or why it is not to be touched. */
function rewritableFile(bytes: Uint8Array): OnnxModelFile | string {
  try {
    const file = readOnnxModel(bytes);
    if (file.graph.nodes.length > MOST_NODES) return `the graph has more than ${MOST_NODES} nodes`;
    return hasSubgraphs(file.graph) ? 'the graph holds branches or loops' : file;
  } catch (error) {
    if (error instanceof UnreadableGraphError) return error.message;
    throw error;
  }
}

function stockModel({ bytes, stock }: PreparationRequest, reasons: readonly string[]): PreparedModel {
  const { inputType, channels, normalisation } = stock;
  const format = { inputType, channels, normalisation };
  const rejected = reasons.join('; ');
  return { bytes, applied: [], rejected, largestDifference: 0, largestShift: 0, speedup: 1, format };
}
