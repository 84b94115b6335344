import { INSPECTION_POLICY, InspectionPolicy, judge } from './inspection.policy';
import { InspectionProblem, ProblemList } from './inspection.problem';
import { OnnxReader } from './onnx.reader';
import { OnnxReport } from './onnx.report';

/** What a model file is, and what there is against opening it. */
export interface OnnxInspection {
  /** Null where the file could not be read to its end. */
  readonly report: OnnxReport | null;
  /** None: it may be opened. */
  readonly problems: readonly InspectionProblem[];
}

/**
 * Looks at an ONNX file before any runtime does. Never throws for what is in `bytes`; time and memory are bounded
 * by the policy's limits, whatever the file claims.
 */
export function inspectOnnx(bytes: Uint8Array, policy = INSPECTION_POLICY): OnnxInspection {
  const problems = new ProblemList(policy.limits.problems);
  if (bytes.length > policy.limits.fileBytes)
    return { report: null, problems: [tooLarge(bytes.length, policy)] };
  const read = new OnnxReader(policy.limits, problems).read(bytes);
  if (read) judge(read.report, read.operators, policy, problems);
  return { report: read?.report ?? null, problems: problems.list() };
}

/** The problem of a file that is larger than the policy takes; it is not even read. */
export function tooLarge(sizeBytes: number, { limits }: InspectionPolicy): InspectionProblem {
  return {
    code: 'FILE_TOO_LARGE',
    message: `Expected a model file of at most ${limits.fileBytes} bytes; it has ${sizeBytes}.`,
    remedy: 'Export a smaller model, or raise MODEL_MAX_FILE_BYTES of this installation.',
  };
}
