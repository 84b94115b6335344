import { OutputTensor } from '../../model-runner';
import { openOnnxModel } from '../../onnx.model-runner';
import { Rewrite } from '../rewrite';
import { readOnnxModel, writeOnnxModel } from '../onnx-graph';
import { StockModel, Trial } from '../trial';

/** Runs a model on images with ONNX Runtime and gives the outputs in the stock graph's form, one list an image. */
export async function answersOf(
  bytes: Uint8Array,
  stock: StockModel,
  images: readonly Uint8Array[],
): Promise<OutputTensor[][]> {
  const runner = await openOnnxModel(bytes, { device: 'cpu', intraOpThreads: 1 });
  try {
    return await new Trial(runner, stock, images).answers();
  } finally {
    await runner.close();
  }
}

/** The bytes of a model after one rewrite; `undefined` when it does not apply. */
export function rewrittenBytes(bytes: Uint8Array, rewrite: Rewrite): Uint8Array | undefined {
  const file = readOnnxModel(bytes);
  const graph = rewrite.apply(file.graph);
  return graph && writeOnnxModel({ ...file, graph });
}
