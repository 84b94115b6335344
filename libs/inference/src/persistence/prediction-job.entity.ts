import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

/** A large batch that is predicted on in the background. Its state follows from its items; see `jobStateOf`. */
@Entity('prediction_job')
export class PredictionJobEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  /** The client's own name for its request: the same key again is the same job. */
  @Column({ name: 'idempotency_key', type: 'text', nullable: true })
  idempotencyKey!: string | null;

  @Column({ name: 'started_at', type: 'timestamptz', nullable: true })
  startedAt!: Date | null;

  @Column({ name: 'cancelled_at', type: 'timestamptz', nullable: true })
  cancelledAt!: Date | null;
}

/** Why an item has no prediction, as the API would have answered it. */
export interface RecordedProblem {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly remedy: string;
}

/** One image of a job: waiting, predicted on (`predictionId`) or failed (`problem`). */
@Entity('prediction_job_item')
export class PredictionJobItemEntity {
  @PrimaryColumn({ name: 'job_id', type: 'uuid' })
  jobId!: string;

  /** Position in the request, from 0. */
  @PrimaryColumn({ type: 'int' })
  index!: number;

  @Column({ name: 'image_sha256', type: 'char', length: 64 })
  imageSha256!: string;

  @Column({ name: 'prediction_id', type: 'uuid', nullable: true })
  predictionId!: string | null;

  @Column({ type: 'jsonb', nullable: true })
  problem!: RecordedProblem | null;
}
