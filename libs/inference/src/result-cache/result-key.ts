import { createHash } from 'node:crypto';
import { AdmissionRules } from '../admission-rules';
import { ModelDescription } from '../model-description';
import { Device } from '../model-runner';
import { CANDIDATE_FLOOR, MAX_CANDIDATES } from './candidate-set';

/** Raise it when a change of the code changes candidates or what is accepted: everything kept before is then void. */
const PIPELINE_VERSION = 1;

/** Under what a result is kept. All three are lower-case hex. */
export interface ResultKey {
  /** SHA-256 of the model's file. */
  readonly modelSha256: string;
  /** Of all else that decides candidates, see {@link fingerprintOf}; 32 digits. */
  readonly fingerprint: string;
  /** SHA-256 of the image's bytes as they arrived. */
  readonly imageSha256: string;
}

/** How a detector runs its model. */
export interface RunningConditions {
  readonly device: Device;
  /** Version of the runtime and rewrites of the graph: they change how sums are rounded. */
  readonly arithmetic: string;
  /** Which images are refused. */
  readonly rules: AdmissionRules;
}

/**
 * Says in one word what, beside the model's weights, decides the candidates of an image or whether it is accepted.
 * Thresholds and suppression are not among it: they are applied to what is kept.
 */
export function fingerprintOf(model: ModelDescription, conditions: RunningConditions): string {
  const { inputWidth, inputHeight, inputType, channels, normalisation, layout, boxEncoding, classes } = model;
  const { device, arithmetic, rules } = conditions;
  const decisive = [
    PIPELINE_VERSION,
    [CANDIDATE_FLOOR, MAX_CANDIDATES],
    [inputWidth, inputHeight, inputType, channels, normalisation],
    [layout, boxEncoding, classes.length],
    [device, arithmetic],
    sorted(rules),
  ];
  return createHash('sha256').update(JSON.stringify(decisive)).digest('hex').slice(0, 32);
}

/** The key as one word, for adapters. */
export function wordOf({ modelSha256, fingerprint, imageSha256 }: ResultKey): string {
  return `${modelSha256}:${fingerprint}:${imageSha256}`;
}

/** The same whatever order properties were written in. */
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.entries(value)
    .filter(([, content]) => content !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, content]) => [name, sorted(content)]);
}
