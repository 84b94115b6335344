import { MessageField, numbersOf, readMessage, UnreadableMessageError } from '@thorax/platform/protobuf';
import { UnreadableGraphError } from './unreadable-graph.error';

/** The fields of a message of an ONNX file. Throws {@link UnreadableGraphError}. */
export function readOnnxMessage(message: Uint8Array, part: string): MessageField[] {
  return asGraph(() => readMessage(message, part));
}

/** Numbers of a repeated field of such a message. Throws {@link UnreadableGraphError}. */
export function onnxNumbersOf(fields: readonly MessageField[], number: number, part: string): number[] {
  return asGraph(() => numbersOf(fields, number, part));
}

function asGraph<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof UnreadableMessageError ? new UnreadableGraphError({ ...error.details }) : error;
  }
}
