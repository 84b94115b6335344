import { quoted } from '../errors';
import { ModelVersion } from '../models/registered-model.types';
import { EvaluationEvidence } from './evaluation-evidence';
import { EvidenceMismatchError } from './gate.errors';
import { GatePolicy } from './gate.policy';

/** @throws EvidenceMismatchError unless the evidence is of this version, and of its file where both are known */
export function assertEvidenceOf(
  { model }: EvaluationEvidence,
  { name, version, contents }: Pick<ModelVersion, 'name' | 'version' | 'contents'>,
  role: 'candidate' | 'incumbent',
): void {
  if (model.name !== name || model.version !== version) {
    throw new EvidenceMismatchError(
      `The evidence of the ${role} is of version ${model.version} of ${quoted(model.name)}; expected version ${version} of ${quoted(name)}.`,
    );
  }
  const registered = contents.onnx?.sha256;
  if (registered !== undefined && model.onnxSha256 !== registered) {
    throw new EvidenceMismatchError(
      `The evidence of the ${role} is of the file ${model.onnxSha256 ?? 'that onnx_sha256 does not name'}; version ${version} was registered with ${registered}.`,
    );
  }
}

/** @throws EvidenceMismatchError unless the evidence is of the test set that the policy asks for, if it does */
export function assertTestSetOf(policy: GatePolicy, { testSet }: EvaluationEvidence): void {
  const { testSetSha256 } = policy;
  if (testSetSha256 === undefined || testSetSha256 === testSet.sha256) return;
  throw new EvidenceMismatchError(
    `The evidence is of the test set ${testSet.sha256}; the gate policy asks for ${testSetSha256}.`,
  );
}

/**
 * Two evaluations can be paired when they are of the same images with the same truths.
 * @throws EvidenceMismatchError
 */
export function assertPaired(candidate: EvaluationEvidence, incumbent: EvaluationEvidence): void {
  if (candidate.testSet.sha256 !== incumbent.testSet.sha256) {
    throw new EvidenceMismatchError(
      `The candidate was evaluated on the test set ${candidate.testSet.sha256}, the incumbent on ${incumbent.testSet.sha256}.`,
    );
  }
  if (!equal(candidate.imageIds, incumbent.imageIds)) {
    throw new EvidenceMismatchError(
      `The evidence is not of the same images: ${candidate.imageIds.length} of the candidate, ${incumbent.imageIds.length} of the incumbent, or other ids.`,
    );
  }
  if (!equal(candidate.patients.unitOfImage, incumbent.patients.unitOfImage)) {
    throw new EvidenceMismatchError(
      'The evidence gives images to other patients for one version than the other.',
    );
  }
  incumbent.classes.forEach((className, index) => {
    const own = candidate.classes.indexOf(className);
    if (own < 0) {
      throw new EvidenceMismatchError(
        `The incumbent was evaluated for ${quoted(className)}, the candidate was not.`,
      );
    }
    if (!equal(candidate.outcomes[own].truths, incumbent.outcomes[index].truths)) {
      throw new EvidenceMismatchError(
        `The truths of ${quoted(className)} differ between the candidate's evidence and the incumbent's.`,
      );
    }
  });
}

function equal<T>(one: ArrayLike<T>, other: ArrayLike<T>): boolean {
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index++) if (one[index] !== other[index]) return false;
  return true;
}
