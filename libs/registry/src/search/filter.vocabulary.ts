/** What a condition is about. */
export type FieldKind = 'attribute' | 'metric' | 'param' | 'tag' | 'dataset';

/** What the searches of one kind of thing can speak about. */
export interface Vocabulary {
  /** Names as clients write them, with what they mean here. */
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** Kinds in conditions, attributes aside. */
  readonly kinds: readonly FieldKind[];
  /** Kinds in orders, attributes aside. */
  readonly orderKinds: readonly FieldKind[];
  /** Attributes that an order may name; all of them when left out. */
  readonly orderAttributes?: readonly string[];
}

export interface Attribute {
  readonly name: string;
  readonly type: 'text' | 'number';
}

/** What stands before the dot. */
export const KIND_WORDS: Readonly<Record<string, FieldKind>> = {
  attribute: 'attribute',
  attributes: 'attribute',
  attr: 'attribute',
  run: 'attribute',
  metric: 'metric',
  metrics: 'metric',
  parameter: 'param',
  parameters: 'param',
  param: 'param',
  params: 'param',
  tag: 'tag',
  tags: 'tag',
  dataset: 'dataset',
  datasets: 'dataset',
};

export const DATASET_KEYS: readonly string[] = ['name', 'digest', 'context'];

const text = (name: string): Attribute => ({ name, type: 'text' });
const number = (name: string): Attribute => ({ name, type: 'number' });
const itself = (attributes: readonly Attribute[]) =>
  Object.fromEntries(attributes.map((attribute) => [attribute.name, attribute]));

export const RUN_VOCABULARY: Vocabulary = {
  attributes: {
    ...itself(['run_id', 'run_name', 'user_id', 'status', 'artifact_uri', 'experiment_id'].map(text)),
    ...itself(['start_time', 'end_time'].map(number)),
    created: number('start_time'),
    Created: number('start_time'),
    'run name': text('run_name'),
    'Run name': text('run_name'),
    'Run Name': text('run_name'),
  },
  kinds: ['metric', 'param', 'tag', 'dataset'],
  orderKinds: ['metric', 'param', 'tag'],
};

export const EXPERIMENT_VOCABULARY: Vocabulary = {
  attributes: {
    name: text('name'),
    experiment_id: number('experiment_id'),
    ...itself(['creation_time', 'last_update_time'].map(number)),
  },
  kinds: ['tag'],
  orderKinds: [],
};

const versionTimes = {
  ...itself(['creation_timestamp', 'last_updated_timestamp'].map(number)),
  timestamp: number('last_updated_timestamp'),
};

export const REGISTERED_MODEL_VOCABULARY: Vocabulary = {
  attributes: { name: text('name'), ...versionTimes },
  kinds: ['tag'],
  orderKinds: [],
};

export const MODEL_VERSION_VOCABULARY: Vocabulary = {
  attributes: {
    ...itself(['name', 'run_id', 'source_path', 'current_stage'].map(text)),
    version_number: number('version_number'),
    version: number('version_number'),
    ...versionTimes,
  },
  kinds: ['tag'],
  orderKinds: [],
};

export const LOGGED_MODEL_VOCABULARY: Vocabulary = {
  attributes: {
    ...itself(['name', 'model_id', 'model_type', 'status', 'source_run_id'].map(text)),
    ...versionTimes,
    creation_time: number('creation_timestamp'),
    creation_timestamp_ms: number('creation_timestamp'),
    last_updated_timestamp_ms: number('last_updated_timestamp'),
  },
  kinds: ['metric', 'param', 'tag'],
  orderKinds: ['metric', 'param', 'tag'],
};
