import { fieldsOf, MessageField, UnreadableMessageError } from '@thorax/platform/protobuf';
import { ReadingLimits } from './inspection.policy';
import { ProblemList } from './inspection.problem';

/** Thrown to leave a file that has too much of something; the problem is in the list by then. */
export class ReadingStopped extends Error {}

/** Reads messages of one file with one budget for all of them. */
export class MessageWalker {
  private readonly counts = { fields: 0, nodes: 0, initialisers: 0, values: 0 };

  constructor(
    private readonly limits: ReadingLimits,
    private readonly problems: ProblemList,
  ) {}

  /**
   * Visits the fields of a message in their order. Fields that may stand once and stand twice are a problem:
   * readers differ in what they make of them.
   *
   * @param once numbers of fields that may stand once, each below 31, as bits
   */
  walk(message: Uint8Array, part: string, once: number, visit: (field: MessageField) => void): void {
    let seen = 0;
    for (const field of fieldsOf(message, part, Infinity)) {
      this.count('fields');
      const bit = field.number < 31 ? 1 << field.number : 0;
      if (seen & once & bit) this.refuseDuplicate(part, field.number);
      seen |= bit;
      visit(field);
    }
  }

  /** Counts one more. Throws {@link ReadingStopped} where that is one too many. */
  count(what: keyof MessageWalker['counts']): void {
    this.counts[what] += 1;
    if (this.counts[what] <= this.limits[what]) return;
    this.problems.add(
      'TOO_MANY_PARTS',
      `Expected at most ${this.limits[what]} ${what}; the file has more.`,
      'Export a smaller model; one that detects has some thousand nodes.',
    );
    throw new ReadingStopped();
  }

  get nodes(): number {
    return this.counts.nodes;
  }

  get initialisers(): number {
    return this.counts.initialisers;
  }

  /** Runs `read`, with whatever stops it told as a problem. @returns whether it came to its end */
  toTheEnd(read: () => void): boolean {
    try {
      read();
      return true;
    } catch (error) {
      if (error instanceof UnreadableMessageError) {
        this.problems.add('UNREADABLE', `It is no ONNX file, or damaged. ${error.message}`, error.remedy);
      } else if (!(error instanceof ReadingStopped)) throw error;
      return false;
    }
  }

  private refuseDuplicate(part: string, number: number): void {
    this.problems.add(
      'DUPLICATE_FIELD',
      `Field ${number} stands more than once in a ${part} of the file, which has it once at most.`,
      'Write the file with onnx.save.',
    );
  }
}

/** The numbers as bits, as {@link MessageWalker.walk} takes them. */
export function bitsOf(...numbers: readonly number[]): number {
  return numbers.reduce((bits, number) => bits | (1 << number), 0);
}
