import { parseClassNames, UnreadableClassNamesError } from './class-names';
import { InvalidModelConfigError, UnsupportedModelLayoutError } from './errors';
import { ModelConfig, Normalisation, ServingConfig } from './model-config';
import { InputElementType, ModelSignature, OutputTensor, TensorSignature } from './model-runner';
import {
  anchorCount,
  LAYOUT_SHAPES,
  OUTPUT_LAYOUTS,
  OutputLayout,
  OutputShape,
  recogniseLayout,
} from './output-layout';

/** The one input a detector takes. */
export interface ModelInput {
  readonly inputName: string;
  readonly inputWidth: number;
  readonly inputHeight: number;
  readonly inputType: InputElementType;
  /** 3 (the gray levels repeated) or 1. */
  readonly channels: 1 | 3;
  /** Images a run must hold, or `undefined` when the model takes any number. */
  readonly fixedBatchSize: number | undefined;
}

/** Everything known of a loaded model: configuration, its file's metadata and its tensors, merged. Plain data. */
export interface ModelDescription extends ModelInput {
  readonly name: string;
  readonly version: string;
  /** Of the ONNX file, 64 hexadecimal digits. */
  readonly digestSha256: string;
  readonly normalisation: Normalisation;
  /** Names by class index. */
  readonly classes: readonly string[];
  /** Least confidence of classes without one of their own, 0..1. */
  readonly confidenceThreshold: number;
  /** Least confidence by class index, 0..1. */
  readonly perClassThresholds: readonly number[];
  /** Overlap above which boxes of one class are one finding, 0..1. */
  readonly iouThreshold: number;
  readonly layout: OutputLayout;
  readonly boxEncoding: 'grid' | 'pixels';
  readonly serving: ServingConfig;
  /** What is odd but not wrong, as sentences for the log and the readiness endpoint. */
  readonly warnings: readonly string[];
}

/** What the three sources say. */
export interface DescriptionSources {
  readonly config: ModelConfig;
  /** Custom entries of the ONNX file. */
  readonly metadata: ReadonlyMap<string, string>;
  readonly signature: ModelSignature;
  readonly digestSha256: string;
  /** Name when the configuration has none, usually the file's. */
  readonly fallbackName: string;
}

const DEFAULT_CONFIDENCE = 0.25;
const DEFAULT_IOU = 0.45;
const DEFAULT_SIDE = 640;

/**
 * Finds how images go into the model. Configured size, then fixed dimensions, then `imgsz`, then 640.
 * Throws {@link UnsupportedModelLayoutError} when it does not take exactly one image batch [B, 1 or 3, H, W] of
 * uint8, float32 or float16, and {@link InvalidModelConfigError} when configuration contradicts a fixed size.
 */
export function describeInput({ config, metadata, signature }: DescriptionSources): ModelInput {
  const [input] = signature.inputs;
  if (signature.inputs.length !== 1 || !isImageBatch(input)) throw unsupportedInput(signature.inputs);
  const [batch, channels, height, width] = input.dims;
  const fixed = height !== undefined && width !== undefined ? { height, width } : undefined;
  const size = config.inputSize ??
    fixed ??
    imageSizeOf(metadata) ?? { width: DEFAULT_SIDE, height: DEFAULT_SIDE };
  if (fixed && (fixed.width !== size.width || fixed.height !== size.height)) {
    throw new InvalidModelConfigError({
      path: 'model.input_size',
      expected: `[${fixed.height}, ${fixed.width}], the size fixed in the ONNX file`,
      got: `[${size.height}, ${size.width}]`,
    });
  }
  return {
    inputName: input.name,
    inputWidth: size.width,
    inputHeight: size.height,
    inputType: input.type as InputElementType,
    channels: channels === 1 ? 1 : 3,
    fixedBatchSize: batch,
  };
}

/** Class names by index, from configuration or metadata; `undefined` when neither has them. */
export function classNamesOf({ config, metadata }: DescriptionSources): readonly string[] | undefined {
  if (config.classes) return config.classes;
  const names = metadata.get('names');
  if (names === undefined) return undefined;
  try {
    return parseClassNames(names);
  } catch (error) {
    if (!(error instanceof UnreadableClassNamesError)) throw error;
    throw new InvalidModelConfigError({
      path: 'model.classes',
      expected: 'given, because the ONNX entry "names" is unreadable',
      got: `nothing (${error.message})`,
    });
  }
}

/**
 * Merges all sources into one description. `outputs` come from an actual run at the input's size.
 * Throws {@link UnsupportedModelLayoutError} or {@link InvalidModelConfigError}.
 */
export function describeModel(
  sources: DescriptionSources,
  outputs: readonly OutputTensor[],
): ModelDescription {
  const { config } = sources;
  const input = describeInput(sources);
  const names = classNamesOf(sources);
  const { layout, classCount } = recogniseLayout(outputs, {
    ...input,
    classCount: names?.length,
    layout: config.outputLayout,
  });
  const classes = names ?? Array.from({ length: classCount }, (_, index) => `class_${index}`);
  const confidenceThreshold = config.confidenceThreshold ?? DEFAULT_CONFIDENCE;
  return {
    ...input,
    name: config.name ?? sources.fallbackName,
    version: config.version ?? sources.metadata.get('model_version') ?? '1',
    digestSha256: sources.digestSha256,
    normalisation: normalisationOf(config, input, layout, outputs),
    classes,
    confidenceThreshold,
    perClassThresholds: perClassThresholdsOf(config, classes, confidenceThreshold),
    iouThreshold: config.iouThreshold ?? DEFAULT_IOU,
    layout,
    boxEncoding: boxEncodingOf(config, input, layout, outputs),
    serving: servingOf(config, input),
    warnings: warningsOf(config, names),
  };
}

function isImageBatch(input: TensorSignature | undefined): input is TensorSignature {
  if (!input || input.dims.length !== 4) return false;
  const channels = input.dims[1];
  return (
    ['uint8', 'float32', 'float16'].includes(input.type) &&
    (channels === undefined || channels === 1 || channels === 3)
  );
}

function imageSizeOf(metadata: ReadonlyMap<string, string>): { width: number; height: number } | undefined {
  const match = /^\s*[[(]?\s*(\d{1,5})\s*(?:,\s*(\d{1,5})\s*)?[\])]?\s*$/.exec(metadata.get('imgsz') ?? '');
  if (!match) return undefined;
  return { height: Number(match[1]), width: Number(match[2] ?? match[1]) };
}

/**
 * YOLOX was trained on gray levels as they are, DETR on ImageNet statistics, everything else on 0..1. A model
 * with a uint8 input normalises inside.
 */
function normalisationOf(
  config: ModelConfig,
  input: ModelInput,
  layout: OutputLayout,
  outputs: readonly OutputShape[],
): Normalisation {
  if (input.inputType === 'uint8') {
    if (config.normalisation === undefined || config.normalisation === 'raw') return 'raw';
    throw new InvalidModelConfigError({
      path: 'model.normalization',
      expected: 'raw or absent, because the model takes uint8',
      got: config.normalisation,
    });
  }
  if (config.normalisation) return config.normalisation;
  if (layout === 'yolox' && !hasThreeAnchorsACell(input, outputs)) return 'raw';
  return layout === 'detr-softmax' ? 'imagenet' : 'unit';
}

/**
 * YOLOX writes boxes relative to their cells, other exporters of the same head decode them first, and the shapes are
 * equal. The values tell: decoded centres spread over the whole input, offsets within a cell stay near zero.
 */
function boxEncodingOf(
  config: ModelConfig,
  input: ModelInput,
  layout: OutputLayout,
  [output]: readonly OutputTensor[],
): 'grid' | 'pixels' {
  if (layout !== 'yolox' || output === undefined || hasThreeAnchorsACell(input, [output])) return 'pixels';
  if (config.boxEncoding) return config.boxEncoding;
  const columns = output.dims[2]!;
  let [farthestX, farthestY] = [0, 0];
  for (let row = 0; row < output.data.length; row += columns) {
    farthestX = Math.max(farthestX, output.data[row]!);
    farthestY = Math.max(farthestY, output.data[row + 1]!);
  }
  return farthestX > input.inputWidth / 2 && farthestY > input.inputHeight / 2 ? 'pixels' : 'grid';
}

/** YOLOv5 shares YOLOX's columns but has three anchors a cell, decoded boxes and inputs in 0..1. */
function hasThreeAnchorsACell(
  { inputWidth, inputHeight }: ModelInput,
  outputs: readonly OutputShape[],
): boolean {
  return outputs[0]?.dims[1] === 3 * anchorCount(inputWidth, inputHeight);
}

function perClassThresholdsOf(config: ModelConfig, classes: readonly string[], otherwise: number): number[] {
  const own = config.classThresholds ?? {};
  const stranger = Object.keys(own).find((name) => !classes.includes(name));
  if (stranger !== undefined) {
    throw new InvalidModelConfigError({
      path: `model.per_class_thresholds.${stranger}`,
      expected: `a class of the model (${classes.join(', ')})`,
      got: `"${stranger}"`,
    });
  }
  return classes.map((name) => own[name] ?? otherwise);
}

function servingOf({ serving }: ModelConfig, { fixedBatchSize }: ModelInput): ServingConfig {
  const maxBatchSize = Math.min(serving.maxBatchSize ?? fixedBatchSize ?? 1, fixedBatchSize ?? Infinity);
  const preferred = serving.preferredBatchSizes?.filter((size) => size <= maxBatchSize) ?? [];
  return {
    maxBatchSize,
    preferredBatchSizes: preferred.length > 0 ? preferred : [maxBatchSize],
    maxQueueDelayMicroseconds: serving.maxQueueDelayMicroseconds ?? 0,
    ...(serving.queue && { queue: serving.queue }),
  };
}

function warningsOf(config: ModelConfig, names: readonly string[] | undefined): string[] {
  const ignored = config.ignoredKeys.map(
    (key) => `model_config.yaml: ${key} is not a known key and is ignored.`,
  );
  const unnamed = names
    ? []
    : ['Neither model_config.yaml nor the ONNX file names the classes; they are numbered.'];
  return [...ignored, ...unnamed];
}

function unsupportedInput(inputs: readonly TensorSignature[]): UnsupportedModelLayoutError {
  const found = inputs.map(
    ({ name, type, dims }) => `${name} ${type} [${dims.map((dim) => dim ?? '?').join(', ')}]`,
  );
  return new UnsupportedModelLayoutError({
    found: `input ${found.join(' and ') || 'none'}`,
    supported: [
      'one input [B, 3 or 1, H, W] of float32, float16 or uint8',
      ...OUTPUT_LAYOUTS.map((layout) => `${layout} ${LAYOUT_SHAPES[layout]}`),
    ],
  });
}
