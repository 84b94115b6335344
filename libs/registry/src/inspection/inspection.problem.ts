import { quoted } from '../errors';

/** Why a model file is not to be opened; codes are stable. */
export const PROBLEM_CODES = [
  'FILE_TOO_LARGE',
  'UNREADABLE',
  'TOO_MANY_PARTS',
  'DUPLICATE_FIELD',
  'NO_GRAPH',
  'IR_VERSION',
  'OPSET',
  'OPERATOR_DOMAIN',
  'OPERATOR',
  'FUNCTIONS',
  'TRAINING_GRAPH',
  'SUBGRAPH_DEPTH',
  'EXTERNAL_DATA',
  'STRING_TENSOR',
  'SPARSE_TENSOR',
  'ELEMENT_TYPE',
  'TENSOR_SIZE',
  'NOT_A_TENSOR',
  'CHECKSUM',
  'SIGNATURE_MISSING',
  'SIGNATURE_WRONG',
] as const;
export type ProblemCode = (typeof PROBLEM_CODES)[number];

/** One reason against a model file. */
export interface InspectionProblem {
  readonly code: ProblemCode;
  /** What was expected and what came; names of the file's are quoted, one line, and cut. */
  readonly message: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** The same twice says no more, and a hostile file has any number of them. */
export class ProblemList {
  private readonly found = new Map<string, InspectionProblem>();
  private unlisted = 0;

  /** @param most how many are listed */
  constructor(private readonly most: number) {}

  add(code: ProblemCode, message: string, remedy: string): void {
    const key = `${code} ${message}`;
    if (this.found.has(key)) return;
    if (this.found.size < this.most) this.found.set(key, { code, message, remedy });
    else this.unlisted += 1;
  }

  /** In the order in which they were found; the last one says that there are more, where there are. */
  list(): InspectionProblem[] {
    const listed = [...this.found.values()];
    const last = listed.at(-1);
    if (!last || this.unlisted === 0) return listed;
    return [
      ...listed.slice(0, -1),
      { ...last, message: `${last.message} There are more problems than these.` },
    ];
  }
}

const unshowable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** A text of a file as it may be kept and shown: no control characters, nothing that turns lines around, cut. */
export function shown(text: string, maxLength = 100): string {
  const cut = text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
  return cut.replaceAll(unshowable, '\ufffd');
}

/** A name of a file as messages show it. */
export function named(text: string): string {
  return quoted(shown(text));
}
