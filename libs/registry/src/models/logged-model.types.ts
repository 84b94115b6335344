import { KeyValue, Metric } from '../tracking/tracking.types';

export const LOGGED_MODEL_STATUSES = ['PENDING', 'READY', 'UPLOAD_FAILED'] as const;
export type LoggedModelStatus = (typeof LOGGED_MODEL_STATUSES)[number];

/** A model that a run wrote: pending while its files arrive, then ready or failed for good. */
export interface LoggedModel {
  /** `m-` and 32 hexadecimal digits. */
  readonly id: string;
  readonly experimentId: string;
  readonly name: string;
  readonly modelType: string;
  /** The run that wrote it; empty where none did. */
  readonly sourceRunId: string;
  readonly artifactUri: string;
  readonly status: LoggedModelStatus;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly params: readonly KeyValue[];
  readonly tags: readonly KeyValue[];
  /** All points that were measured on it, with the runs that measured. */
  readonly metrics: readonly (Metric & { readonly runId: string })[];
}

export interface NewLoggedModel {
  readonly experimentId: string;
  /** Default: one made of the id. */
  readonly name?: string;
  readonly modelType?: string;
  readonly sourceRunId?: string;
  readonly params: readonly KeyValue[];
  readonly tags: readonly KeyValue[];
}
