import { InputTensorWriter } from './input-tensor.writer';
import { InputTensor, OutputTensor } from './model-runner';

/** The run that answered an item. */
export interface BatchRun {
  readonly outputs: readonly OutputTensor[];
  /** Images of all items together, padding not counted. */
  readonly batchSize: number;
  /** Places of the input tensor, padding included: an output of as many rows has one a place. */
  readonly places: number;
  readonly runMs: number;
}

/**
 * One request's share of a batch: it knows how to get into the input tensor and how to read its part of the
 * outputs. Items whose `width` and `height` are equal can share a run.
 */
export interface BatchItem<Answer> {
  /** Places it takes in the batch, ≥ 1. */
  readonly places: number;
  /** Pixels of the input. */
  readonly width: number;
  readonly height: number;
  /** Its own tensor, run as it is when the item has a batch for itself. */
  readonly tensor?: InputTensor;
  /** Writes itself into the places from `start` on. */
  fill(writer: InputTensorWriter, start: number): void;
  /** Reads the rows from `start` on; the outputs are overwritten by the next run. */
  answer(run: BatchRun, start: number): Answer;
}
