import { GateApproval, GateStanding } from './approval.rules';
import { GateReport } from './gate.report';

/** What a promotion needs to know of a gate run. */
export interface GateRunSummary {
  readonly id: string;
  readonly standing: GateStanding;
  /** Version that the candidate was compared with; null for none. */
  readonly incumbent: number | null;
}

/** A judgement of one version, kept for good. */
export interface GateRun extends GateRunSummary {
  readonly name: string;
  readonly version: number;
  readonly askedBy: string;
  readonly askedAtMs: number;
  /** SHA-256 of policy and evidence, lower-case hex; also the seed of the bootstrap, so the report can be had again. */
  readonly inputsSha256: string;
  /** The text that was judged by. */
  readonly policyText: string;
  readonly report: GateReport;
  /** The first one first. */
  readonly approvals: readonly GateApproval[];
}

/** A judgement before it is kept. */
export interface NewGateRun extends Omit<GateRun, 'id' | 'standing' | 'approvals'> {
  readonly idempotencyKey: string | null;
}
