import { float16Of } from './float16';
import { Normalisation } from './model-config';
import { ModelDescription } from './model-description';
import { InputTensor } from './model-runner';

/** What of a description decides how gray levels become input elements. */
export type TensorFormat = Pick<
  ModelDescription,
  'inputWidth' | 'inputHeight' | 'inputType' | 'channels' | 'normalisation'
>;

const IMAGENET_MEAN = [0.485, 0.456, 0.406];
const IMAGENET_DEVIATION = [0.229, 0.224, 0.225];

/**
 * Turns gray images of the model's size into its input tensor, in one buffer that is allocated once and
 * written over each time. Every gray level's value is computed once, so writing is one look-up a pixel; where
 * the channels are alike the first is copied.
 */
export class InputTensorWriter {
  private readonly data: Float32Array | Uint16Array | Uint8Array;
  private readonly tables: readonly ArrayLike<number>[];
  private readonly plane: number;

  /** `batchSize` ≥ 1 images a tensor. */
  constructor(
    private readonly format: TensorFormat,
    readonly batchSize: number,
  ) {
    this.plane = format.inputWidth * format.inputHeight;
    const elements = batchSize * format.channels * this.plane;
    this.data =
      format.inputType === 'uint8'
        ? new Uint8Array(elements)
        : format.inputType === 'float16'
          ? new Uint16Array(elements)
          : new Float32Array(elements);
    this.tables = tablesOf(format);
  }

  /**
   * Where the image at `index` may be written directly as gray bytes, when those are already what the model
   * takes; otherwise `undefined`, and {@link write} converts. After writing here, call {@link write} with the
   * same array to fill the other channels.
   */
  grayPlane(index: number): Uint8Array | undefined {
    if (!(this.data instanceof Uint8Array)) return undefined;
    const start = index * this.format.channels * this.plane;
    return this.data.subarray(start, start + this.plane);
  }

  /** Writes the image at `index` of the batch; `gray` holds width × height levels, row by row. */
  write(index: number, gray: Uint8Array): void {
    const start = index * this.format.channels * this.plane;
    const { data, plane, tables } = this;
    if (!(data instanceof Uint8Array)) {
      tables.forEach((table, channel) => {
        const offset = start + channel * plane;
        for (let pixel = 0; pixel < plane; pixel++) data[offset + pixel] = table[gray[pixel]!]!;
      });
    } else if (gray.buffer !== data.buffer) data.set(gray, start);
    for (let channel = tables.length; channel < this.format.channels; channel++) {
      data.copyWithin(start + channel * plane, start, start + plane);
    }
  }

  /** Copies whole images of finished elements, of the tensor's own type, into the places from `index` on. */
  writeElements(index: number, elements: InputTensor['data']): void {
    this.data.set(elements, index * this.format.channels * this.plane);
  }

  /** The tensor over the first `images` places; valid until the next write. */
  tensor(images = this.batchSize): InputTensor {
    const { inputType, channels, inputHeight, inputWidth } = this.format;
    const elements = images * channels * this.plane;
    const data = elements === this.data.length ? this.data : this.data.subarray(0, elements);
    return { type: inputType, dims: [images, channels, inputHeight, inputWidth], data };
  }
}

/** One table of 256 values a channel that differs from the first. */
function tablesOf({ inputType, channels, normalisation }: TensorFormat): ArrayLike<number>[] {
  const different = normalisation === 'imagenet' ? channels : 1;
  return Array.from({ length: different }, (_, channel) => {
    const values = Float32Array.from({ length: 256 }, (_, level) =>
      normalised(level, normalisation, channel),
    );
    return inputType === 'float16' ? Uint16Array.from(values, float16Of) : values;
  });
}

function normalised(level: number, normalisation: Normalisation, channel: number): number {
  if (normalisation === 'raw') return level;
  const unit = level / 255;
  return normalisation === 'unit' ? unit : (unit - IMAGENET_MEAN[channel]!) / IMAGENET_DEVIATION[channel]!;
}
