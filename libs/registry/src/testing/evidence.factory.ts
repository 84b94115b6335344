import { Random, seededRandom } from '../gates/statistics/random';

/** Evidence as JSON, as `readEvidence` takes it. */
export interface EvidenceDocument {
  model: { name: string; version: number; onnx_sha256?: string };
  test_set: { name: string; sha256: string };
  classes: string[];
  images: {
    id: string;
    patient?: string;
    findings: { class: number; truths: number; scores: number[]; matched: number[] }[];
  }[];
  latency?: { host: string; samples_ms: number[] };
}

export interface SyntheticEvaluation {
  readonly images: number;
  readonly classes: readonly string[];
  /** Share of truths that the model finds, 0..1. */
  readonly sensitivity: number;
  /** One image in this many has a truth of each class. */
  readonly rarity: number;
  readonly seed: string;
}

/** The first 128 bits of a seed; truths follow from it alone, detections from it and `sensitivity`. */
const seed = 'c0ffee00c0ffee00c0ffee00c0ffee00';

/** What a model of a known quality would find on a synthetic test set. Calibrated: a score is a chance to be right. */
export function evidenceDocument(
  evaluation: Partial<SyntheticEvaluation> = {},
  parts: Partial<EvidenceDocument> = {},
): EvidenceDocument {
  const defaults = {
    images: 400,
    classes: ['Nodule/Mass', 'Pneumothorax'],
    sensitivity: 0.9,
    rarity: 4,
    seed,
  };
  const { images, classes, sensitivity, rarity, seed: used } = { ...defaults, ...evaluation };
  const random = seededRandom(used);
  return {
    model: { name: 'chest', version: 1 },
    test_set: { name: 'chest-test', sha256: 'a'.repeat(64) },
    classes: [...classes],
    images: Array.from({ length: images }, (_, index) => ({
      id: `image ${index}`,
      findings: classes.flatMap((_name, classIndex) => {
        const truths = (index + classIndex) % rarity === 0 ? 1 : 0;
        const finding = findingOf(random, truths, sensitivity);
        return truths + finding.scores.length > 0 ? [{ class: classIndex, truths, ...finding }] : [];
      }),
    })),
    latency: { host: 'this host', samples_ms: Array.from({ length: 200 }, (_, index) => 50 + (index % 100)) },
    ...parts,
  };
}

/** Always the same number of draws, so that models of other quality see the same chances. */
function findingOf(
  random: Random,
  truths: number,
  sensitivity: number,
): { scores: number[]; matched: number[] } {
  const [luck, sure, raised] = [random(), random(), random()];
  const scores: number[] = [];
  const matched: number[] = [];
  if (truths === 1 && luck < sensitivity) {
    scores.push(0.9 + 0.1 * sure);
    matched.push(1);
  }
  if (raised < 0.05) {
    scores.push(0.1 * sure);
    matched.push(0);
  }
  return { scores, matched };
}
