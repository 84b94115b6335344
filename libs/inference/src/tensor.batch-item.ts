import { BatchItem, BatchRun } from './batch-item';
import { InputTensorWriter } from './input-tensor.writer';
import { InputTensor, OutputTensor } from './model-runner';
import { InferenceResult } from './raw-tensor';
import { InferTask } from './worker/protocol';

/** A raw tensor as part of a batch. The values pass untouched, NaN too. */
export class TensorBatchItem implements BatchItem<InferenceResult> {
  readonly tensor: InputTensor;
  private inputMs = 0;

  /** `task.bytes` become the item's; their offset must suit the element type. */
  constructor(
    private readonly task: InferTask,
    private readonly now: () => number,
  ) {
    this.tensor = { type: task.type, dims: task.dims, data: elementsOf(task) };
  }

  get places(): number {
    return this.task.dims[0];
  }

  get height(): number {
    return this.task.dims[2];
  }

  get width(): number {
    return this.task.dims[3];
  }

  fill(writer: InputTensorWriter, start: number): void {
    const started = this.now();
    writer.writeElements(start, this.tensor.data);
    this.inputMs = this.now() - started;
  }

  answer({ outputs, batchSize, places, runMs }: BatchRun, start: number): InferenceResult {
    const started = this.now();
    const own = outputs.map((output) =>
      output.dims[0] === places ? rowsOf(output, start, this.places) : copyOf(output),
    );
    const timingsMs = { queue: 0, input: this.inputMs, run: runMs, output: this.now() - started };
    return { outputs: own, timingsMs, batch: { queueMs: 0, batchSize, reason: 'alone' } };
  }
}

function elementsOf({ type, bytes: { buffer, byteOffset, byteLength } }: InferTask): InputTensor['data'] {
  if (type === 'uint8') return new Uint8Array(buffer, byteOffset, byteLength);
  if (type === 'float16') return new Uint16Array(buffer, byteOffset, byteLength / 2);
  return new Float32Array(buffer, byteOffset, byteLength / 4);
}

/** A copy of an item's rows. */
function rowsOf(
  { name, dims: [, ...rest], data }: OutputTensor,
  start: number,
  places: number,
): OutputTensor {
  const size = rest.reduce((product, dim) => product * dim, 1);
  return { name, dims: [places, ...rest], data: data.slice(start * size, (start + places) * size) };
}

/** An output without rows by image belongs to everybody. */
function copyOf({ name, dims, data }: OutputTensor): OutputTensor {
  return { name, dims: [...dims], data: data.slice() };
}
