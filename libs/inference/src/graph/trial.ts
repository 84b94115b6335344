import { InputTensorWriter, TensorFormat } from '../input-tensor.writer';
import { ModelDescription } from '../model-description';
import { ModelRunner, OutputTensor } from '../model-runner';
import { expandCutHead, isCutHead } from './cut-head.layout';

/** What of the stock model's description decides how it is fed and read. */
export type StockModel = TensorFormat & Pick<ModelDescription, 'layout' | 'fixedBatchSize'>;

/** How the input tensor of a prepared model is written; part of a {@link ModelDescription}. */
export type PreparedFormat = Pick<TensorFormat, 'inputType' | 'channels' | 'normalisation'>;

/** An opened graph, stock or rewritten, with the buffer that feeds it. Owns its runner. */
export class Trial {
  /** How this graph takes its images. */
  readonly format: PreparedFormat;
  private readonly writer: InputTensorWriter;

  /** `images`: at least one, gray, of the input's size. */
  constructor(
    private readonly runner: ModelRunner,
    private readonly stock: StockModel,
    private readonly images: readonly Uint8Array[],
  ) {
    const [input] = runner.signature.inputs;
    // A folded input says so itself: it takes bytes where the stock graph takes numbers.
    const isFolded = input?.type === 'uint8' && stock.inputType !== 'uint8';
    const { inputType, channels, normalisation } = stock;
    this.format = isFolded
      ? { inputType: 'uint8', channels: 1, normalisation: 'raw' }
      : { inputType, channels, normalisation };
    this.writer = new InputTensorWriter({ ...stock, ...this.format }, stock.fixedBatchSize ?? 1);
    this.write(images[0]!);
  }

  /** Outputs for every image, in the stock graph's form, copied. */
  async answers(): Promise<OutputTensor[][]> {
    const answers: OutputTensor[][] = [];
    for (const image of this.images) {
      this.write(image);
      answers.push(this.inStockForm(await this.runner.run(this.writer.tensor())));
    }
    return answers;
  }

  /** One run on the image written last. */
  run(): Promise<unknown> {
    return this.runner.run(this.writer.tensor());
  }

  close(): Promise<void> {
    return this.runner.close();
  }

  private inStockForm(outputs: readonly OutputTensor[]): OutputTensor[] {
    if (this.stock.layout === 'anchor-free' && isCutHead(outputs))
      return [expandCutHead(outputs, this.stock)];
    return outputs.map((output) => ({ ...output, data: output.data.slice() }));
  }

  private write(image: Uint8Array): void {
    for (let place = 0; place < this.writer.batchSize; place++) this.writer.write(place, image);
  }
}
