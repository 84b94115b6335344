import { createHash } from 'node:crypto';
import { GateRunRepository } from '../persistence/gate-run.repository';
import { ModelVersionRepository } from '../persistence/model-version.repository';
import { GateApproval } from './approval.rules';
import { DocumentFields } from './document.fields';
import { EvaluationEvidence } from './evaluation-evidence';
import { readEvidence } from './evaluation-evidence.reader';
import { assertEvidenceOf, assertPaired, assertTestSetOf } from './evidence.rules';
import { EvidenceMismatchError, InvalidEvidenceError } from './gate.errors';
import { GateRun } from './gate-run.types';
import { GatePolicy } from './gate.policy';
import { Judge } from './worker/judge.thread';

export interface GateSurroundings {
  readonly policy: GatePolicy;
  readonly versions: ModelVersionRepository;
  readonly runs: GateRunRepository;
  readonly judge: Judge;
  /** As `describeHost` names it. */
  readonly host: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export interface GateRequest {
  readonly name: string;
  readonly version: number;
  /** `{candidate, incumbent?}`, each as `readEvidence` takes it. */
  readonly document: unknown;
  /** The same request under the same key is judged and kept once. */
  readonly idempotencyKey: string | null;
  readonly actor: string;
}

/** The way of a version through the gate: evidence in, a kept judgement out, and what persons say of it. */
export class PromotionGate {
  constructor(private readonly surroundings: GateSurroundings) {}

  /**
   * Judges a version and keeps the run.
   *
   * @throws ResourceNotFoundError, InvalidEvidenceError, EvidenceMismatchError, IdempotencyKeyReusedError,
   *   GateBusyError, GateJudgementFailedError
   */
  async evaluate({ name, version, document, idempotencyKey, actor }: GateRequest): Promise<GateRun> {
    const { policy, runs, judge, host, now } = this.surroundings;
    const registered = await this.surroundings.versions.get(name, version);
    const { candidate, incumbent } = readRequest(document);
    const inputsSha256 = digestOf(policy, candidate, incumbent);
    if (idempotencyKey !== null) {
      const known = await runs.findByKey(name, version, idempotencyKey, inputsSha256);
      if (known) return known;
    }
    assertEvidenceOf(candidate, registered, 'candidate');
    assertTestSetOf(policy, candidate);
    await this.assertIncumbent(name, version, incumbent);
    if (incumbent) assertPaired(candidate, incumbent);
    const report = await judge({ policy, candidate, incumbent, seedHex: inputsSha256, host });
    return runs.add({
      ...{ name, version, inputsSha256, report, idempotencyKey },
      incumbent: incumbent?.model.version ?? null,
      askedBy: actor,
      askedAtMs: now(),
      policyText: policy.text,
    });
  }

  /** @throws ResourceNotFoundError */
  get(name: string, version: number, id: string): Promise<GateRun> {
    return this.surroundings.runs.get(name, version, id);
  }

  /** Adds what a second person says. @throws ResourceNotFoundError, ApprovalRefusedError */
  approve(name: string, version: number, id: string, approval: Omit<GateApproval, 'atMs'>): Promise<GateRun> {
    return this.surroundings.runs.approve(name, version, id, { ...approval, atMs: this.surroundings.now() });
  }

  /** A version is compared with the one that it would replace, never with one that is easier to beat. */
  private async assertIncumbent(
    name: string,
    version: number,
    incumbent: EvaluationEvidence | undefined,
  ): Promise<void> {
    const standing = await this.surroundings.runs.incumbentOf(name, version);
    if (standing === null && incumbent) {
      throw new EvidenceMismatchError(
        'There is evidence of an incumbent, and no other version of this model is in Production.',
      );
    }
    if (standing === null) return;
    if (!incumbent) {
      throw new EvidenceMismatchError(
        `Version ${standing} is in Production, and there is no evidence of it as the incumbent.`,
      );
    }
    assertEvidenceOf(incumbent, await this.surroundings.versions.get(name, standing), 'incumbent');
  }
}

function readRequest(document: unknown) {
  const refuse = (path: string, expected: string, got: string) =>
    new InvalidEvidenceError(path, expected, got);
  const request = DocumentFields.of(document, '', ['candidate', 'incumbent'], refuse);
  return {
    candidate: readEvidence(request.values['candidate'], 'candidate'),
    incumbent: request.has('incumbent') ? readEvidence(request.values['incumbent'], 'incumbent') : undefined,
  };
}

function digestOf(
  policy: GatePolicy,
  candidate: EvaluationEvidence,
  incumbent: EvaluationEvidence | undefined,
): string {
  const parts = [policy.sha256, candidate.sha256, incumbent?.sha256 ?? ''];
  return createHash('sha256').update(parts.join('\n')).digest('hex');
}
