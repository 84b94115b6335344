import { ModelDescription } from '../model-description';
import { ModelInterface, TensorSpecification } from './tensor-specification';

/** Extensions that this server really has. perf_analyzer insists on `statistics`. */
export const EXTENSIONS = [
  'binary_tensor_data',
  'model_configuration',
  'model_repository',
  'schedule_policy',
  'statistics',
] as const;

/** A model as `GET /v2/models/{name}` shows it. */
export interface ModelMetadataDocument {
  readonly name: string;
  readonly versions: readonly string[];
  readonly platform: string;
  readonly inputs: readonly TensorSpecification[];
  readonly outputs: readonly TensorSpecification[];
}

/** States of a model in the repository index. */
export type RepositoryState = 'READY' | 'UNAVAILABLE' | 'LOADING' | 'UNLOADING';

/** A line of `POST /v2/repository/index`. */
export interface RepositoryEntry {
  readonly name: string;
  /** Absent while no version is known. */
  readonly version?: string;
  readonly state: RepositoryState;
  /** Why it is not ready. */
  readonly reason?: string;
}

/** Where and how often a model runs, for its configuration. */
export interface InstanceGroup {
  readonly device: 'cpu' | 'cuda';
  /** Threads that hold the model. */
  readonly count: number;
}

const PLATFORM = 'onnxruntime_onnx';

/** `GET /v2`. */
export function serverMetadata(version: string) {
  return { name: 'thorax', version, extensions: EXTENSIONS };
}

/** `GET /v2/models/{name}`. */
export function modelMetadata(
  { name, version }: ModelDescription,
  { input, outputs }: ModelInterface,
): ModelMetadataDocument {
  return { name, versions: [version], platform: PLATFORM, inputs: [input], outputs };
}

/**
 * `GET /v2/models/{name}/config`: Triton's ModelConfig as JSON, of which only what is true here is filled in.
 * `parameters.metadata` is what Ultralytics' client reads class names from.
 */
export function modelConfig(description: ModelDescription, face: ModelInterface, instances: InstanceGroup) {
  const { name, serving } = description;
  return {
    name,
    platform: PLATFORM,
    backend: 'onnxruntime',
    version_policy: { latest: { num_versions: 1 } },
    max_batch_size: face.maxBatchSize,
    input: [{ ...configTensor(face.input), format: 'FORMAT_NONE' }],
    output: face.outputs.map((output) => ({ ...configTensor(output), label_filename: '' })),
    instance_group: [
      {
        name: `${name}_0`,
        kind: instances.device === 'cuda' ? 'KIND_GPU' : 'KIND_CPU',
        count: instances.count,
        gpus: instances.device === 'cuda' ? [0] : [],
      },
    ],
    dynamic_batching: {
      preferred_batch_size: serving.preferredBatchSizes,
      max_queue_delay_microseconds: serving.maxQueueDelayMicroseconds,
    },
    default_model_filename: 'model.onnx',
    parameters: { metadata: { string_value: ultralyticsMetadata(description) } },
    response_cache: { enable: false },
  };
}

function configTensor({ name, datatype, shape }: TensorSpecification) {
  return { name, data_type: `TYPE_${datatype}`, dims: shape.slice(1) };
}

/**
 * A Python literal, as that client evaluates it. JSON texts, numbers and lists are Python literals too; only the
 * class names need keys that are numbers, which JSON objects do not have.
 */
function ultralyticsMetadata(description: ModelDescription): string {
  const { classes, layout, inputHeight, inputWidth, fixedBatchSize = 1, channels } = description;
  const names = classes.map((name, index) => `${index}: ${JSON.stringify(name)}`);
  const entries = [
    `"task": "detect"`,
    `"stride": ${STRIDE}`,
    `"batch": ${fixedBatchSize}`,
    `"channels": ${channels}`,
    `"imgsz": [${inputHeight}, ${inputWidth}]`,
    `"names": {${names.join(', ')}}`,
    `"end2end": ${layout === 'end-to-end' ? 'True' : 'False'}`,
  ];
  return `{${entries.join(', ')}}`;
}

/** Of every detector family that is served; the client rounds its image size up to a multiple of it. */
const STRIDE = 32;
