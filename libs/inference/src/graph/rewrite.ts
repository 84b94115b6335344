import { OnnxGraph } from './onnx-graph';

/**
 * One way to make a graph cheaper without changing what it answers.
 *
 * `apply` is pure: it returns a new graph, or `undefined` where its pattern does not occur, is not certain, or
 * the graph holds graphs inside nodes. It may rely on being checked numerically before anything is served.
 */
export interface Rewrite {
  /** Stable, for reports and metrics, for example `folded-input`. */
  readonly name: string;
  apply(graph: OnnxGraph): OnnxGraph | undefined;
}
