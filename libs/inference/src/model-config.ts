import { Document, isMap, isScalar, parseDocument } from 'yaml';
import { invalid, Section, sectionOf, shown } from './config-section';
import { INSTANCE_KEYS, InstanceConfig, instanceConfigOf } from './instance-config';
import { OUTPUT_LAYOUTS, OutputLayout } from './output-layout';
import { QUEUE_KEYS, queueRulesOf } from './queue-config';
import { QueueRules } from './scheduling/queue-rules';

/** How gray levels 0–255 become model inputs: as they are, divided by 255, or also with ImageNet's mean and deviation. */
export const NORMALISATIONS = ['raw', 'unit', 'imagenet'] as const;
export type Normalisation = (typeof NORMALISATIONS)[number];

/** What `model_config.yaml` says; every key may be absent, because the ONNX file knows most of it. */
export interface ModelConfig {
  readonly name?: string;
  readonly version?: string;
  readonly inputSize?: { readonly width: number; readonly height: number };
  readonly classes?: readonly string[];
  /** 0..1 */
  readonly confidenceThreshold?: number;
  /** Least confidence by class name, 0..1; other classes use `confidenceThreshold`. */
  readonly classThresholds?: Readonly<Record<string, number>>;
  /** 0..1 */
  readonly iouThreshold?: number;
  readonly outputLayout?: OutputLayout;
  readonly normalisation?: Normalisation;
  readonly boxEncoding?: 'grid' | 'pixels';
  readonly serving: Partial<ServingConfig>;
  /** How often it is to run at once, beside other models; the primary's number is MAX_WORKERS. */
  readonly instances?: InstanceConfig;
  /** Dotted paths of keys that mean nothing here: usually misspellings. */
  readonly ignoredKeys: readonly string[];
}

/** Batching as `model_config.yaml` and Triton know it. */
export interface ServingConfig {
  /** Images in one run, at most; ≥ 1. */
  readonly maxBatchSize: number;
  /** Sizes worth waiting for, each 1..maxBatchSize. */
  readonly preferredBatchSizes: readonly number[];
  /** Longest wait for company, in microseconds; 0 = none. */
  readonly maxQueueDelayMicroseconds: number;
  /** Priorities, limits and timeouts, where the file has any. */
  readonly queue?: QueueRules;
}

const MAX_CONFIG_CHARACTERS = 64 * 1024;
const MAX_INPUT_SIDE = 8192;
const MODEL_KEYS = [
  'name', 'version', 'input_size', 'classes', 'confidence_threshold', 'per_class_thresholds', 'iou_threshold',
  'output_layout', 'normalization', 'box_encoding',
]; // prettier-ignore
const SERVING_KEYS = [
  'max_batch_size', 'preferred_batch_size', 'max_queue_delay_microseconds', ...QUEUE_KEYS, ...INSTANCE_KEYS,
]; // prettier-ignore

/**
 * Reads the text of a `model_config.yaml`: `model: {name, version, input_size, classes, confidence_threshold,
 * iou_threshold}` and `serving: {max_batch_size, preferred_batch_size, max_queue_delay_microseconds}` as in the
 * system this one replaces, and as extensions `model.per_class_thresholds` (by class name), `model.output_layout`,
 * `model.normalization` (raw, unit, imagenet) and `model.box_encoding` (grid, pixels). `serving` may also hold
 * Triton's queue settings, see `queueRulesOf`, and its instance groups, see `instanceConfigOf`.
 *
 * `input_size` is one number or [height, width], `classes` a list or a map from index to name. Unknown keys
 * are listed, not refused. Throws {@link InvalidModelConfigError} with path, expectation and value.
 */
export function parseModelConfig(text: string): ModelConfig {
  const root = rootOf(text);
  const model = root.section('model', MODEL_KEYS);
  const serving = root.section('serving', SERVING_KEYS);
  return withoutUndefined({
    name: model.text('name'),
    version: versionOf(text) ?? model.text('version'),
    inputSize: inputSizeOf(model),
    classes: classesOf(model),
    confidenceThreshold: model.fraction('confidence_threshold'),
    classThresholds: classThresholdsOf(model),
    iouThreshold: model.fraction('iou_threshold'),
    outputLayout: model.choice('output_layout', OUTPUT_LAYOUTS),
    normalisation: model.choice('normalization', NORMALISATIONS),
    boxEncoding: model.choice('box_encoding', ['grid', 'pixels'] as const),
    serving: withoutUndefined({
      maxBatchSize: serving.integer('max_batch_size', 1, 1024),
      preferredBatchSizes: preferredBatchSizesOf(serving),
      maxQueueDelayMicroseconds: serving.integer('max_queue_delay_microseconds', 0, 60_000_000),
      queue: queueRulesOf(serving),
    }),
    instances: instanceConfigOf(root, serving),
    ignoredKeys: [...root.unknown, ...model.unknown, ...serving.unknown],
  });
}

function rootOf(text: string): Section {
  if (text.length > MAX_CONFIG_CHARACTERS) {
    throw invalid('', `at most ${MAX_CONFIG_CHARACTERS} characters`, `${text.length}`);
  }
  const document = parseDocument(text);
  const [problem] = document.errors;
  if (problem) throw invalid('', 'valid YAML', problem.message.split('\n')[0]!.replace(/:$/, ''));
  return sectionOf(valueOf(document) ?? {}, '', ['model', 'serving', 'instance_group']);
}

/** Aliases that multiply each other would fill the memory; the parser counts them and gives up. */
function valueOf(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw invalid('', 'YAML without unresolved or excessive aliases', (error as Error).message);
  }
}

/** YAML reads `1.10` as the number 1.1; as a version it is the text that counts. */
function versionOf(text: string): string | undefined {
  const document = parseDocument(text);
  const model = document.get('model');
  const version = isMap(model) ? model.get('version', true) : undefined;
  return isScalar(version) && typeof version.value === 'number' ? version.source : undefined;
}

function inputSizeOf(model: Section): { width: number; height: number } | undefined {
  const value = model.values['input_size'];
  if (value === undefined || value === null) return undefined;
  const sides = Array.isArray(value) ? value : [value, value];
  // [1, 3, 640, 640] is how the shape is written elsewhere in such files; the last two are the image.
  const [height, width] = sides.length === 4 ? sides.slice(2) : sides;
  const good = (side: unknown): side is number =>
    Number.isInteger(side) && (side as number) >= 1 && (side as number) <= MAX_INPUT_SIDE;
  if ((sides.length !== 2 && sides.length !== 4) || !good(height) || !good(width)) {
    throw invalid(
      'model.input_size',
      `pixels 1–${MAX_INPUT_SIDE}, one number or [height, width]`,
      shown(value),
    );
  }
  return { width, height };
}

function classesOf(model: Section): string[] | undefined {
  const value = model.values['classes'];
  if (value === undefined || value === null) return undefined;
  const expected = 'a list of distinct names, or a map from 0…n−1 to names';
  const names = Array.isArray(value) ? value : byIndex(value);
  const good = names?.every((name): name is string => typeof name === 'string' && name.trim() !== '');
  if (!names || names.length === 0 || !good || new Set(names).size !== names.length) {
    throw invalid('model.classes', expected, shown(value));
  }
  return names.map((name: string) => name.trim());
}

function byIndex(value: unknown): unknown[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const map = value as Record<string, unknown>;
  const count = Object.keys(map).length;
  return Array.from({ length: count }, (_, index) => map[String(index)]);
}

function classThresholdsOf(model: Section): Record<string, number> | undefined {
  const value = model.values['per_class_thresholds'];
  if (value === undefined || value === null) return undefined;
  const thresholds = sectionOf(value, 'model.per_class_thresholds', []);
  return Object.fromEntries(thresholds.unknownNames.map((name) => [name, thresholds.fraction(name)!]));
}

function preferredBatchSizesOf(serving: Section): number[] | undefined {
  const value = serving.values['preferred_batch_size'];
  if (value === undefined || value === null) return undefined;
  const sizes: unknown[] = Array.isArray(value) ? value : [value];
  const good = (size: unknown): size is number => Number.isInteger(size) && (size as number) >= 1;
  if (sizes.length === 0 || !sizes.every(good)) {
    throw invalid('serving.preferred_batch_size', 'a whole number ≥ 1 or a list of them', shown(value));
  }
  return [...new Set(sizes as number[])].sort((a, b) => a - b);
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as T;
}
