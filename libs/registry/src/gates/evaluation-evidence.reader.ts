import { createHash } from 'node:crypto';
import { DocumentFields, shown } from './document.fields';
import { EvaluatedModel, EvaluationEvidence, LatencySamples } from './evaluation-evidence';
import { InvalidEvidenceError } from './gate.errors';
import { ResamplingUnits } from './statistics/resample';
import { ScoredOutcomes, sortedOutcomes } from './statistics/scored-outcomes';

/** Bounds of one evaluation's evidence. */
export const EVIDENCE_LIMITS = {
  images: 50_000,
  classes: 200,
  /** Of one class on one image. */
  detections: 1_000,
  totalDetections: 1_000_000,
  truths: 1_000,
  latencySamples: 100_000,
} as const;

const refuse = (path: string, expected: string, got: string) => new InvalidEvidenceError(path, expected, got);

interface Detection {
  readonly score: number;
  readonly matched: boolean;
  readonly image: number;
}

interface ReadImage {
  readonly id: string;
  readonly patient?: string;
  readonly fields: DocumentFields;
}

/**
 * Reads the evidence of one evaluation:
 *
 *     model: {name, version, onnx_sha256?}
 *     test_set: {name, sha256}
 *     classes: [names]
 *     images: [{id, patient?, findings: [{class, truths, scores: [0..1], matched: [0 or 1]}]}]
 *     latency?: {host, samples_ms: [numbers]}
 *
 * An image stands in `images` whether anything was found on it or not; `class` is an index into `classes`, and a class
 * that an image does not mention has neither truths nor detections there. `matched` says of each score whether that
 * detection found a truth; each truth is found once at most.
 *
 * @param path of the document within the request, for errors
 * @throws InvalidEvidenceError with path, expectation and value
 */
export function readEvidence(document: unknown, path: string): EvaluationEvidence {
  const known = ['model', 'test_set', 'classes', 'images', 'latency'];
  const root = DocumentFields.of(document, path, known, refuse);
  const testSet = root.section('test_set', ['name', 'sha256']);
  const classes = root.names('classes', 1, EVIDENCE_LIMITS.classes);
  const images = imagesOf(root);
  const evidence = {
    model: modelOf(root),
    testSet: { name: testSet.text('name'), sha256: testSet.sha256('sha256') },
    classes,
    imageIds: images.map(({ id }) => id),
    patients: patientsOf(images),
    outcomes: outcomesOf(images, classes.length, root.at('images')),
    latency: latencyOf(root),
  };
  return { ...evidence, sha256: digestOf(evidence) };
}

function modelOf(root: DocumentFields): EvaluatedModel {
  const model = root.section('model', ['name', 'version', 'onnx_sha256']);
  return {
    name: model.text('name'),
    version: model.integer('version', 1, 999_999_999),
    ...(model.has('onnx_sha256') && { onnxSha256: model.sha256('onnx_sha256') }),
  };
}

/** Sorted by id. Ids are not quoted: they may be of patients. */
function imagesOf(root: DocumentFields): ReadImage[] {
  const images = root.list('images', 1, EVIDENCE_LIMITS.images).map((image, index): ReadImage => {
    const path = `${root.at('images')}.${index}`;
    const fields = DocumentFields.of(image, path, ['id', 'patient', 'findings'], refuse);
    return {
      id: fields.text('id'),
      fields,
      ...(fields.has('patient') && { patient: fields.text('patient') }),
    };
  });
  if (new Set(images.map(({ id }) => id)).size !== images.length) {
    throw refuse(root.at('images'), 'images of distinct ids', 'an id that occurs twice');
  }
  return images.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** An image without a patient stands for itself. */
function patientsOf(images: readonly ReadImage[]): ResamplingUnits {
  const units = new Map<string, number>();
  const unitOfImage = Int32Array.from(images, ({ id, patient }) => {
    const key = patient === undefined ? `image ${id}` : `patient ${patient}`;
    if (!units.has(key)) units.set(key, units.size);
    return units.get(key)!;
  });
  return { unitOfImage, count: units.size };
}

function outcomesOf(images: readonly ReadImage[], classCount: number, path: string): ScoredOutcomes[] {
  const truths = Array.from({ length: classCount }, () => new Int32Array(images.length));
  const detections = Array.from({ length: classCount }, (): Detection[] => []);
  let total = 0;
  images.forEach(({ fields }, image) => {
    const seen = new Set<number>();
    fields.list('findings', 0, classCount).forEach((value, index) => {
      const finding = DocumentFields.of(
        value,
        fields.at(`findings.${index}`),
        ['class', 'truths', 'scores', 'matched'],
        refuse,
      );
      const classIndex = finding.integer('class', 0, classCount - 1);
      if (seen.has(classIndex))
        throw refuse(finding.at('class'), 'a class once an image', String(classIndex));
      seen.add(classIndex);
      truths[classIndex][image] = finding.integer('truths', 0, EVIDENCE_LIMITS.truths);
      const found = detectionsOf(finding, image, truths[classIndex][image]);
      total += found.length;
      if (total > EVIDENCE_LIMITS.totalDetections) {
        throw refuse(path, `images with ${EVIDENCE_LIMITS.totalDetections} detections at most`, 'more');
      }
      for (const detection of found) detections[classIndex].push(detection);
    });
  });
  return detections.map((ofClass, index) => sortedOutcomes(ofClass, truths[index]));
}

function detectionsOf(finding: DocumentFields, image: number, truths: number): Detection[] {
  const scores = finding.list('scores', 0, EVIDENCE_LIMITS.detections);
  const matched = finding.list('matched', scores.length, scores.length);
  let found = 0;
  const detections = scores.map((score, index): Detection => {
    if (typeof score !== 'number' || !(score >= 0 && score <= 1)) {
      throw refuse(finding.at(`scores.${index}`), 'a number from 0 to 1', shown(score));
    }
    const flag = matched[index];
    if (flag !== 0 && flag !== 1) throw refuse(finding.at(`matched.${index}`), '0 or 1', shown(flag));
    found += flag;
    return { score, matched: flag === 1, image };
  });
  if (found > truths) {
    throw refuse(finding.at('matched'), `at most ${truths} times 1, once for each truth`, `${found} times`);
  }
  return detections;
}

function latencyOf(root: DocumentFields): LatencySamples {
  if (!root.has('latency')) return { host: '', samplesMs: new Float64Array() };
  const latency = root.section('latency', ['host', 'samples_ms']);
  const samples = latency.list('samples_ms', 1, EVIDENCE_LIMITS.latencySamples);
  const wrong = samples.findIndex(
    (sample) => typeof sample !== 'number' || !(sample > 0 && sample <= 3_600_000),
  );
  if (wrong >= 0) {
    throw refuse(
      latency.at(`samples_ms.${wrong}`),
      'milliseconds above 0, an hour at most',
      shown(samples[wrong]),
    );
  }
  return { host: latency.text('host'), samplesMs: Float64Array.from(samples as number[]).sort() };
}

function digestOf(evidence: Omit<EvaluationEvidence, 'sha256'>): string {
  const { model, testSet, classes, imageIds, patients, outcomes, latency } = evidence;
  const hash = createHash('sha256');
  hash.update(
    JSON.stringify([
      ...[model.name, model.version, model.onnxSha256 ?? null, testSet.name, testSet.sha256],
      ...[classes, imageIds, latency.host, outcomes.map(({ scores }) => scores.length)],
    ]),
  );
  hash.update(patients.unitOfImage).update(latency.samplesMs);
  for (const { scores, matched, images, truths } of outcomes) {
    hash.update(scores).update(matched).update(images).update(truths);
  }
  return hash.digest('hex');
}
