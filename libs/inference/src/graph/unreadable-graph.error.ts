import { InferenceError } from '../errors';

/**
 * Bytes are no complete ONNX graph. `part` names the message that made no sense (`model`, `node`, …) and
 * `offset` is the byte within it where reading stopped.
 */
export class UnreadableGraphError extends InferenceError<{ part: string; reason: string; offset: number }> {
  readonly code = 'UNREADABLE_ONNX_GRAPH';
  readonly kind = 'misconfigured';

  constructor(details: { part: string; reason: string; offset: number }) {
    super(
      `The ONNX ${details.part} cannot be read: ${details.reason} (at its byte ${details.offset}).`,
      'Export or copy the model again (compare its SHA-256) and restart.',
      details,
    );
  }
}
