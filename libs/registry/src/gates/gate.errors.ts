import { RegistryError } from '../errors';

/** A gate policy that cannot be followed; `path` is dotted, as in `classes.every.sensitivity.margin`. */
export class InvalidGatePolicyError extends RegistryError {
  readonly code = 'INVALID_GATE_POLICY';
  readonly kind = 'invalid';

  constructor(
    readonly path: string,
    expected: string,
    got: string,
  ) {
    super(
      `The gate policy: ${path || 'the document'} must be ${expected}, got ${got}.`,
      'Correct the file that REGISTRY_GATE_POLICY names and restart.',
    );
  }
}

/** Evaluation evidence that is malformed; `path` is dotted, as in `candidate.images.3.findings`. */
export class InvalidEvidenceError extends RegistryError {
  readonly code = 'INVALID_EVALUATION_EVIDENCE';
  readonly kind = 'invalid';

  constructor(
    readonly path: string,
    expected: string,
    got: string,
  ) {
    super(
      `The evaluation evidence: ${path || 'the document'} must be ${expected}, got ${got}.`,
      'Correct the evidence and send it again.',
    );
  }
}

/** Evidence that is well-formed and about something else: another model, version, file or test set. */
export class EvidenceMismatchError extends RegistryError {
  readonly code = 'EVIDENCE_MISMATCH';
  readonly kind = 'unprocessable';

  constructor(message: string) {
    super(message, 'Evaluate both versions on the same frozen test set and send that evidence.');
  }
}

/** The version has no gate run that opens the way to that stage. */
export class GateNotPassedError extends RegistryError {
  readonly code = 'GATE_NOT_PASSED';
  readonly kind = 'conflict';
}

/** This approval does not count, or comes too late. */
export class ApprovalRefusedError extends RegistryError {
  readonly code = 'APPROVAL_REFUSED';
  readonly kind = 'conflict';
}

/** The key was used before for another request. */
export class IdempotencyKeyReusedError extends RegistryError {
  readonly code = 'IDEMPOTENCY_KEY_REUSED';
  readonly kind = 'conflict';

  constructor() {
    super(
      'This Idempotency-Key was used for this version with other evidence or under another policy.',
      'Use a new key for a new request, and the same one only to repeat it unchanged.',
    );
  }
}

/** As many gate runs are being judged as may be. */
export class GateBusyError extends RegistryError {
  readonly code = 'GATE_BUSY';
  readonly kind = 'overloaded';
  readonly retryAfterSeconds = 10;

  constructor(limit: number) {
    super(
      `${limit} gate runs are being judged or are waiting for it already.`,
      'Send the request again later.',
    );
  }
}

/** Judging took longer than it may, or more memory. */
export class GateJudgementFailedError extends RegistryError {
  readonly code = 'GATE_JUDGEMENT_FAILED';
  readonly kind = 'unprocessable';

  constructor(reason: string) {
    super(
      `The evidence could not be judged: ${reason}.`,
      'Send fewer low-scored detections, or lower the resamples of the policy.',
    );
  }
}
