import { ModelDescription } from '../model-description';
import { ModelSignature } from '../model-runner';
import { Datatype, datatypeOf } from './datatype';

/** A tensor as clients are told of it. */
export interface TensorSpecification {
  readonly name: string;
  readonly datatype: Datatype;
  /** The batch dimension first; -1 where any size will do. */
  readonly shape: readonly number[];
}

/** What a client may send to a model and gets back. */
export interface ModelInterface {
  readonly input: TensorSpecification;
  /** In the model's order; always FP32, which is what the runners answer in. */
  readonly outputs: readonly TensorSpecification[];
  /** Images of one request, ≥ 1. A model with a fixed batch takes any smaller number too. */
  readonly maxBatchSize: number;
}

/** What of a model's description its clients meet. */
export type DescribedInput = Pick<
  ModelDescription,
  'inputName' | 'inputType' | 'channels' | 'fixedBatchSize' | 'serving'
>;

/** The interface of a loaded model. */
export function modelInterfaceOf(description: DescribedInput, signature: ModelSignature): ModelInterface {
  const { inputName, inputType, channels, fixedBatchSize, serving } = description;
  const [, , height = -1, width = -1] = signature.inputs[0]!.dims;
  return {
    input: { name: inputName, datatype: datatypeOf(inputType), shape: [-1, channels, height, width] },
    outputs: signature.outputs.map(({ name, dims }) => ({
      name,
      datatype: 'FP32',
      shape: [-1, ...dims.slice(1).map((side) => side ?? -1)],
    })),
    maxBatchSize: fixedBatchSize ?? serving.maxBatchSize,
  };
}
