/** Element types an input tensor may have. float16 travels as raw bits. */
export type InputElementType = 'float32' | 'float16' | 'uint8';

/** Where the arithmetic happens. */
export type Device = 'cpu' | 'cuda';

/** One tensor as the model declares it. A dimension that is not fixed is `undefined`. */
export interface TensorSignature {
  readonly name: string;
  /** As ONNX Runtime names it: float32, uint8, float16, int64, … */
  readonly type: string;
  readonly dims: readonly (number | undefined)[];
}

/** What a model takes and gives. */
export interface ModelSignature {
  readonly inputs: readonly TensorSignature[];
  readonly outputs: readonly TensorSignature[];
}

/** A batch of images for the model's only input, `dims` = [batch, channels, height, width]. */
export interface InputTensor {
  readonly type: InputElementType;
  readonly dims: readonly [number, number, number, number];
  /** Row-major, product of `dims` elements; float16 as its bits in a Uint16Array. Stays the caller's. */
  readonly data: Float32Array | Uint16Array | Uint8Array;
}

/** One output of a run, as float32 whatever the model computes in. */
export interface OutputTensor {
  readonly name: string;
  readonly dims: readonly number[];
  /** Row-major, product of `dims` elements. Valid until the runner's next `run` or `close`. */
  readonly data: Float32Array;
}

/**
 * Port: something that executes one loaded model. Adapters stand beside this file and all pass
 * `describeModelRunner` of `@thorax/inference/testing`.
 *
 * Promises: equal inputs give equal outputs; an input whose type or shape the model refuses rejects with
 * `ModelRunFailedError` and leaves the runner usable; `close` may be called twice.
 * A runner may block its thread while it runs, so it belongs in a worker. Runs do not overlap – the caller
 * awaits one before it starts the next – unless the runner says how many may.
 */
export interface ModelRunner {
  readonly signature: ModelSignature;
  /**
   * Runs that may be under way at once, each with an input of its own that must not change meanwhile; such a runner's
   * outputs stay valid. Left out: 1.
   */
  readonly maxConcurrentRuns?: number;
  /**
   * Executes one batch; outputs come in the order of `signature.outputs`. Nobody waits for longer than `timeoutMs`, so
   * a runner that can give up may then reject.
   */
  run(input: InputTensor, timeoutMs?: number): Promise<OutputTensor[]>;
  close(): Promise<void>;
}

/** How a runner is opened. */
export interface RunnerOptions {
  readonly device: Device;
  /** Threads for the arithmetic of one run, ≥ 1. */
  readonly intraOpThreads: number;
  /**
   * Whether the runtime keeps memory between runs and plans it ahead; default true. `false` gives it back after
   * every run, which is slower and smaller.
   */
  readonly keepsMemory?: boolean;
}
