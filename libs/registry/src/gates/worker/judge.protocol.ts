import { EvaluationEvidence } from '../evaluation-evidence';
import { GatePolicy } from '../gate.policy';
import { GateReport } from '../gate.report';

/** What the thread judges. */
export interface JudgeTask {
  readonly policy: GatePolicy;
  readonly candidate: EvaluationEvidence;
  readonly incumbent: EvaluationEvidence | undefined;
  /** 128 bits or more, lower-case hex. */
  readonly seedHex: string;
  readonly host: string;
}

export type JudgeAnswer = { readonly report: GateReport } | { readonly mismatch: string };
