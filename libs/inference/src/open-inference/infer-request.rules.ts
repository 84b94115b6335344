import { InferLimits } from './infer-request';
import { invalidArgument, quoted } from './protocol.error';

/** A shape as a request has it; its element count is a whole number too. Throws a ProtocolError for anything else. */
export function shapeOf(shape: unknown, what: string, { maxDimensions }: InferLimits): number[] {
  const sides = Array.isArray(shape) && shape.length <= maxDimensions ? (shape as unknown[]) : undefined;
  const valid = sides?.every((side) => Number.isSafeInteger(side) && (side as number) >= 0);
  if (!sides || !valid || !Number.isSafeInteger((sides as number[]).reduce((all, side) => all * side, 1))) {
    throw invalidArgument(`${what} needs a "shape" of at most ${maxDimensions} whole numbers from 0`);
  }
  return sides as number[];
}

/** Throws a ProtocolError when a name is there twice. */
export function requireDistinct(tensors: readonly { readonly name: string }[], what: string): void {
  const seen = new Set<string>();
  for (const { name } of tensors) {
    if (seen.has(name)) throw invalidArgument(`${what} ${quoted(name)} is there twice`);
    seen.add(name);
  }
}
