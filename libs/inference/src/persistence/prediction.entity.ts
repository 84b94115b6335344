import { NormalisedBox } from '@thorax/radiograph';
import { Column, CreateDateColumn, Entity, Index, PrimaryColumn } from 'typeorm';

/** A finding as it is kept: its box in fractions of the image, so that it survives any rendering size. */
export interface RecordedFinding {
  readonly class: string;
  /** 0..1 */
  readonly confidence: number;
  readonly bbox: NormalisedBox;
}

/**
 * What one model version found on one image. The id is derived from both (see `predictionIdOf`), so
 * predicting the same bytes again with the same model finds this row instead of adding one.
 */
@Entity('prediction')
@Index(['createdAt', 'id'])
@Index(['imageSha256'])
export class PredictionEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  /** Lower-case hex digest of the bytes as they arrived; the image's key in the object store. */
  @Column({ name: 'image_sha256', type: 'char', length: 64 })
  imageSha256!: string;

  /** Pixels, as displayed. */
  @Column({ name: 'image_width', type: 'int' })
  imageWidth!: number;

  @Column({ name: 'image_height', type: 'int' })
  imageHeight!: number;

  @Column({ name: 'image_source', type: 'text' })
  imageSource!: 'jpeg' | 'png' | 'dicom';

  @Column({ name: 'model_name', type: 'text' })
  modelName!: string;

  @Column({ name: 'model_version', type: 'text' })
  modelVersion!: string;

  @Column({ name: 'model_sha256', type: 'char', length: 64 })
  modelSha256!: string;

  /** By falling confidence. */
  @Column({ type: 'jsonb' })
  findings!: RecordedFinding[];

  /** Decoding to suppression, of the run that made this row. */
  @Column({ name: 'inference_ms', type: 'real' })
  inferenceMs!: number;

  @Column({ name: 'review_flagged', type: 'boolean', default: false })
  reviewFlagged!: boolean;

  @Column({ name: 'review_comment', type: 'text', nullable: true })
  reviewComment!: string | null;

  @Column({ name: 'review_flagged_at', type: 'timestamptz', nullable: true })
  reviewFlaggedAt!: Date | null;
}
