import { InputTensor, ModelSignature, OutputTensor } from '../model-runner';
import { ServedModel } from './served-model';

/** Which model of a server. */
export interface RemoteModelName {
  readonly name: string;
  /** Left out: the one that the server chooses. */
  readonly version?: string;
}

/** A run for an endpoint. */
export interface RemoteRun {
  readonly input: InputTensor;
  /** Input and outputs by name; already compared with `input`. */
  readonly signature: ModelSignature;
  /** Version that must answer, where it is known. */
  readonly version?: string;
}

/**
 * Port: one server of the Open Inference Protocol and a model on it, over one transport. Every method rejects with a
 * `RemoteFault` and nothing else, ends soon after `signal` is aborted, and may overlap with others. Never blocks.
 */
export interface RemoteEndpoint {
  /** For messages. */
  readonly label: string;
  /** Whether the server says that it takes requests for the model. */
  isReady(signal: AbortSignal): Promise<boolean>;
  describe(signal: AbortSignal): Promise<ServedModel>;
  /** The outputs in the order of the signature, checked against it; their data are the caller's. */
  infer(run: RemoteRun, signal: AbortSignal): Promise<OutputTensor[]>;
  /** Ends connections; calls under way fail. May be called again. */
  close(): void;
}

/** Largest answer that is read at all. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;
/** A number in JSON: a double has at most 24 characters, and there are separators and brackets. */
const LONGEST_NUMBER = 32;
const ROOM_FOR_THE_REST = 64 * 1024;

/** Bytes an answer may have: what the declared outputs can need, in JSON too, and never more than 256 MiB. */
export function largestAnswer({ outputs }: ModelSignature, batchSize: number): number {
  const elements = outputs.map(({ dims }) =>
    dims.reduce<number>((product, dim, index) => product * (dim ?? (index === 0 ? batchSize : Infinity)), 1),
  );
  const all = elements.reduce((sum, count) => sum + count, 0);
  return Math.min(all * LONGEST_NUMBER + ROOM_FOR_THE_REST, MAX_ANSWER_BYTES);
}
