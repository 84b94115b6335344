/**
 * What an error means to whoever must react, independent of its code:
 * `invalid` – the request is at fault; `unavailable` – not now, an operator must act or loading must end;
 * `overloaded` – the same request succeeds later; `timeout` – it took longer than allowed;
 * `misconfigured` – the model's files are at fault; `failed` – ours.
 */
export type InferenceErrorKind =
  | 'invalid'
  | 'unavailable'
  | 'overloaded'
  | 'timeout'
  | 'misconfigured'
  | 'failed';

/** An {@link InferenceError} as plain data: survives JSON and the border between threads. */
export interface InferenceErrorPayload {
  /** Name of its class in this file. */
  readonly name: string;
  readonly code: string;
  readonly kind: InferenceErrorKind;
  readonly message: string;
  readonly remedy: string;
  readonly details: object;
}

/**
 * Base of every error this library throws on purpose. `code` is stable and `details` is all the constructor
 * needs, so an error can be rebuilt from its payload. Neither message nor details ever hold image bytes,
 * patient data or credentials.
 */
export abstract class InferenceError<Details extends object = object> extends Error {
  abstract readonly code: string;
  abstract readonly kind: InferenceErrorKind;

  constructor(
    message: string,
    /** What the reader can do about it, as one sentence. */
    readonly remedy: string,
    readonly details: Details,
  ) {
    super(message);
    this.name = new.target.name;
  }

  toJSON(): InferenceErrorPayload {
    const { name, code, kind, message, remedy, details } = this;
    return { name, code, kind, message, remedy, details };
  }
}

/** No model can answer at the moment: it is loading, or it could not be loaded (`reason` says why). */
export class ModelUnavailableError extends InferenceError<{ reason: string; causeCode?: string }> {
  readonly code = 'MODEL_UNAVAILABLE';
  readonly kind = 'unavailable';

  constructor(details: { reason: string; causeCode?: string }) {
    super(
      `No model is ready to answer: ${details.reason}`,
      'Retry when readiness reports a model; if it names a fault, correct that and restart.',
      details,
    );
  }
}

/**
 * The bounded queue holds as much as it may: `limit` says what of, for example "64 waiting requests".
 * `retryAfterSeconds` (≥ 1) estimates when to return.
 */
export class QueueFullError extends InferenceError<{ limit: string; retryAfterSeconds: number }> {
  readonly code = 'INFERENCE_QUEUE_FULL';
  readonly kind = 'overloaded';
  readonly retryAfterSeconds: number;

  constructor(details: { limit: string; retryAfterSeconds: number }) {
    super(
      `The inference queue is full: its limit is ${details.limit}.`,
      `Retry in ${details.retryAfterSeconds} s, send fewer at once, or add workers or replicas.`,
      details,
    );
    this.retryAfterSeconds = details.retryAfterSeconds;
  }
}

/** The request was not answered within the time it had; `phase` tells where it was when that ran out. */
export class InferenceTimeoutError extends InferenceError<{
  timeoutMs: number;
  phase: 'queued' | 'running';
}> {
  readonly code = 'INFERENCE_TIMEOUT';
  readonly kind = 'timeout';

  constructor(details: { timeoutMs: number; phase: 'queued' | 'running' }) {
    super(
      `The request was not answered within ${details.timeoutMs} ms; it was still ${details.phase}.`,
      details.phase === 'queued'
        ? 'Retry when there is less load, or add workers or replicas.'
        : 'Retry; if it happens again with this image alone, report it.',
      details,
    );
  }
}

/** The pool is shutting down and takes nothing new; requests it cannot finish in time end with this as well. */
export class DetectorClosedError extends InferenceError<Record<string, never>> {
  readonly code = 'DETECTOR_CLOSED';
  readonly kind = 'unavailable';

  constructor(details: Record<string, never> = {}) {
    super(
      'This detector is shutting down.',
      'Send the request to another replica, or again in a moment.',
      details,
    );
  }
}

/** The workers that tried to answer died or hung, each one time too many. */
export class InferenceFailedError extends InferenceError<{ attempts: number; reason: string }> {
  readonly code = 'INFERENCE_FAILED';
  readonly kind = 'failed';

  constructor(details: { attempts: number; reason: string }) {
    super(
      `The request failed in ${details.attempts} worker(s), last because ${details.reason}.`,
      'Other requests are not affected. Report the image that does this.',
      details,
    );
  }
}

/**
 * The image is readable but must not be judged by this model (lateral view, not a chest, …). Its code is the
 * one radiograph refuses with; here the single reasons of the gate come along.
 */
export class ProjectionRefusedError extends InferenceError<{
  reasons: readonly { code: string; message: string }[];
}> {
  readonly code = 'NOT_A_FRONTAL_CHEST_RADIOGRAPH';
  readonly kind = 'invalid';

  constructor(details: { reasons: readonly { code: string; message: string }[] }) {
    super(
      `This image is outside what the model was made for: ${details.reasons.map((reason) => reason.message).join('; ')}`,
      'Send a frontal chest radiograph, processed for presentation.',
      details,
    );
  }
}

/** `model_config.yaml` has a value that cannot be used; `path` is dotted, as in `model.input_size`. */
export class InvalidModelConfigError extends InferenceError<{ path: string; expected: string; got: string }> {
  readonly code = 'INVALID_MODEL_CONFIG';
  readonly kind = 'misconfigured';

  constructor(details: { path: string; expected: string; got: string }) {
    super(
      `model_config.yaml: ${details.path || 'the document'} must be ${details.expected}, got ${details.got}.`,
      'Correct the file and restart, or delete the key to use what the ONNX file says.',
      details,
    );
  }
}

/** The model's inputs or outputs are none that this system knows how to read. */
export class UnsupportedModelLayoutError extends InferenceError<{
  found: string;
  supported: readonly string[];
}> {
  readonly code = 'UNSUPPORTED_MODEL_LAYOUT';
  readonly kind = 'misconfigured';

  constructor(details: { found: string; supported: readonly string[] }) {
    super(
      `The model's tensors are not of a known layout. Found: ${details.found}. Known: ${details.supported.join('; ')}.`,
      'Export the detector in one of the known layouts, or name one in model.output_layout if the shape is ambiguous.',
      details,
    );
  }
}

/** There is no readable file where the model should be. */
export class ModelFileMissingError extends InferenceError<{ path: string; reason: string }> {
  readonly code = 'MODEL_FILE_MISSING';
  readonly kind = 'misconfigured';

  constructor(details: { path: string; reason: string }) {
    super(
      `There is no readable model at ${details.path} (${details.reason}).`,
      'Set MODEL_PATH to an ONNX file and restart.',
      details,
    );
  }
}

/** The file is there but is not a model that can be run. */
export class ModelFileCorruptError extends InferenceError<{ path: string; reason: string }> {
  readonly code = 'MODEL_FILE_CORRUPT';
  readonly kind = 'misconfigured';

  constructor(details: { path: string; reason: string }) {
    super(
      `${details.path} is not a usable ONNX model: ${details.reason}`,
      'Export or copy the model again (compare its SHA-256) and restart.',
      details,
    );
  }
}

/** The file changed on disk after the first worker had loaded it, so answers would come from two models. */
export class ModelFileChangedError extends InferenceError<{
  path: string;
  expectedSha256: string;
  gotSha256: string;
}> {
  readonly code = 'MODEL_FILE_CHANGED';
  readonly kind = 'misconfigured';

  constructor(details: { path: string; expectedSha256: string; gotSha256: string }) {
    super(
      `${details.path} changed while it was served: expected SHA-256 ${details.expectedSha256}, found ${details.gotSha256}.`,
      'Restart to serve the new file; put new versions under new names.',
      details,
    );
  }
}

/** The requested device cannot be used by this installation. */
export class UnsupportedDeviceError extends InferenceError<{ device: string; reason: string }> {
  readonly code = 'UNSUPPORTED_DEVICE';
  readonly kind = 'misconfigured';

  constructor(details: { device: string; reason: string }) {
    super(
      `The device "${details.device}" cannot be used: ${details.reason}`,
      'Set DEVICE=cpu, or install the CUDA libraries of onnxruntime-node and a driver.',
      details,
    );
  }
}

/** The runtime refused or failed one execution of an otherwise loaded model. */
export class ModelRunFailedError extends InferenceError<{ reason: string }> {
  readonly code = 'MODEL_RUN_FAILED';
  readonly kind = 'failed';

  constructor(details: { reason: string }) {
    super(
      `The model could not be executed: ${details.reason}`,
      'Report it together with the model version.',
      details,
    );
  }
}

/** A raw tensor is not what the model's input takes; refused before it is queued. */
export class InvalidTensorError extends InferenceError<{
  input: string;
  what: string;
  expected: string;
  got: string;
}> {
  readonly code = 'INVALID_TENSOR';
  readonly kind = 'invalid';

  constructor(details: { input: string; what: string; expected: string; got: string }) {
    super(
      `Wrong ${details.what} for input "${details.input}": expected ${details.expected}, got ${details.got}.`,
      "Send the tensor as the model's metadata describe it.",
      details,
    );
  }
}

/**
 * With what is queued ahead, the answer would come after the caller's deadline, so the request is not queued at
 * all. `retryAfterSeconds` (≥ 1) estimates when to return.
 */
export class DeadlineUnreachableError extends InferenceError<{
  deadlineMs: number;
  predictedMs: number;
  retryAfterSeconds: number;
}> {
  readonly code = 'DEADLINE_UNREACHABLE';
  readonly kind = 'overloaded';
  readonly retryAfterSeconds: number;

  constructor(details: { deadlineMs: number; predictedMs: number; retryAfterSeconds: number }) {
    super(
      `An answer is expected after ${details.predictedMs} ms, later than the deadline of ${details.deadlineMs} ms.`,
      `Retry in ${details.retryAfterSeconds} s, allow more time, or add workers or replicas.`,
      details,
    );
    this.retryAfterSeconds = details.retryAfterSeconds;
  }
}

/** Options of the queue that contradict themselves. */
export class InvalidSchedulingRulesError extends InferenceError<{
  rule: string;
  expected: string;
  got: string;
}> {
  readonly code = 'INVALID_SCHEDULING_RULES';
  readonly kind = 'misconfigured';

  constructor(details: { rule: string; expected: string; got: string }) {
    super(
      `The queue's ${details.rule} must be ${details.expected}, got ${details.got}.`,
      'Correct the configuration and restart.',
      details,
    );
  }
}
