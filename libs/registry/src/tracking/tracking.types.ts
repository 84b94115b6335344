/** Key and value of a param or a tag. */
export interface KeyValue {
  readonly key: string;
  readonly value: string;
}

/** Deleted experiments, runs and models can be restored; they take no changes until then. */
export type LifecycleStage = 'active' | 'deleted';

export type ViewType = 'ACTIVE_ONLY' | 'DELETED_ONLY' | 'ALL';

export interface Experiment {
  /** A decimal number; `0` is the experiment of runs that name none. */
  readonly id: string;
  readonly name: string;
  /** Where artifacts of its runs go, as a URI. */
  readonly artifactLocation: string;
  readonly lifecycleStage: LifecycleStage;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly tags: readonly KeyValue[];
}

export const RUN_STATUSES = ['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED'] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

export interface RunInfo {
  /** 32 hexadecimal digits. */
  readonly id: string;
  readonly name: string;
  readonly experimentId: string;
  readonly userId: string;
  readonly status: RunStatus;
  /** By the clock of whoever ran it, as is `endTimeMs`. */
  readonly startTimeMs: number;
  readonly endTimeMs: number | null;
  readonly artifactUri: string;
  readonly lifecycleStage: LifecycleStage;
}

/** One measurement. NaN and infinities are values like others: a loss that diverged is worth knowing. */
export interface Metric {
  readonly key: string;
  readonly value: number;
  readonly timestampMs: number;
  readonly step: number;
  /** The logged model that was measured. */
  readonly modelId?: string;
  /** The dataset that it was measured on. */
  readonly datasetName?: string;
  readonly datasetDigest?: string;
}

/** A version of a dataset, as its digest tells; `source`, `schema` and `profile` are the client's own text. */
export interface Dataset {
  readonly name: string;
  readonly digest: string;
  readonly sourceType: string;
  readonly source: string;
  readonly schema?: string;
  readonly profile?: string;
}

export interface DatasetInput {
  readonly dataset: Dataset;
  readonly tags: readonly KeyValue[];
}

/** A logged model that a run read (`step` 0) or wrote. */
export interface RunModel {
  readonly modelId: string;
  readonly step: number;
}

/** A run with everything that was logged to it; of each metric the latest point. */
export interface Run {
  readonly info: RunInfo;
  readonly metrics: readonly Metric[];
  readonly params: readonly KeyValue[];
  readonly tags: readonly KeyValue[];
  readonly datasetInputs: readonly DatasetInput[];
  readonly modelInputs: readonly RunModel[];
  readonly modelOutputs: readonly RunModel[];
}

/** What is logged to a run at once: all of it or nothing. */
export interface LogBatch {
  readonly metrics: readonly Metric[];
  readonly params: readonly KeyValue[];
  readonly tags: readonly KeyValue[];
}
