import { DataSource, Repository, SelectQueryBuilder } from 'typeorm';
import { PredictionEntity } from './prediction.entity';

/** A prediction before it is recorded: the row without what the database fills in. */
export type NewPrediction = Omit<
  PredictionEntity,
  'createdAt' | 'reviewFlagged' | 'reviewComment' | 'reviewFlaggedAt'
>;

/** Conditions of a listing; all given ones must hold. */
export interface PredictionFilter {
  /** Has a finding of this class, at or above `minConfidence` where that is given too. */
  readonly findingClass?: string;
  /** Has a finding at or above this confidence, 0..1. */
  readonly minConfidence?: number;
  readonly source?: PredictionEntity['imageSource'];
  readonly flagged?: boolean;
  readonly modelVersion?: string;
  /** Created at or after. */
  readonly from?: Date;
  /** Created before. */
  readonly to?: Date;
}

/** One page of a listing, newest first. */
export interface Page {
  /** From 1. */
  readonly number: number;
  readonly size: number;
}

/** The recorded predictions. */
export class PredictionRepository {
  private readonly rows: Repository<PredictionEntity>;

  constructor(dataSource: DataSource) {
    this.rows = dataSource.getRepository(PredictionEntity);
  }

  /** Records a prediction once; resolves with the row that stands, new or from an earlier time. */
  async record(prediction: NewPrediction): Promise<PredictionEntity> {
    const { raw } = await this.rows
      .createQueryBuilder()
      .insert()
      .values(prediction)
      .orIgnore()
      .returning(['createdAt', 'inferenceMs'])
      .updateEntity(false)
      .execute();
    const [inserted] = raw as { created_at: Date; inference_ms: number }[];
    if (!inserted) return this.rows.findOneByOrFail({ id: prediction.id });
    // What the database filled in or rounded, without asking for the row again.
    return this.rows.create({
      ...prediction,
      createdAt: inserted.created_at,
      inferenceMs: inserted.inference_ms,
      reviewFlagged: false,
      reviewComment: null,
      reviewFlaggedAt: null,
    });
  }

  find(id: string): Promise<PredictionEntity | null> {
    return this.rows.findOneBy({ id });
  }

  /** The page and the number of predictions that match in all. */
  async list(filter: PredictionFilter, page: Page): Promise<{ items: PredictionEntity[]; total: number }> {
    const [items, total] = await this.matching(filter)
      .orderBy('p.created_at', 'DESC')
      .addOrderBy('p.id', 'DESC')
      .offset((page.number - 1) * page.size)
      .limit(page.size)
      .getManyAndCount();
    return { items, total };
  }

  /**
   * Sets or clears the mark that a reader wants this looked at again; resolves with null where there is
   * no such prediction. Setting what is set keeps the time of the first mark.
   */
  async flagForReview(
    id: string,
    review: { flagged: boolean; comment: string | null },
    now: Date,
  ): Promise<PredictionEntity | null> {
    const row = await this.find(id);
    if (!row) return null;
    row.reviewFlaggedAt = review.flagged ? (row.reviewFlaggedAt ?? now) : null;
    row.reviewFlagged = review.flagged;
    row.reviewComment = review.flagged ? review.comment : null;
    return this.rows.save(row);
  }

  /** Whether any prediction refers to this image. */
  refersToImage(imageSha256: string): Promise<boolean> {
    return this.rows.existsBy({ imageSha256 });
  }

  private matching(filter: PredictionFilter): SelectQueryBuilder<PredictionEntity> {
    const query = this.rows.createQueryBuilder('p');
    const { findingClass, minConfidence, source, flagged, modelVersion, from, to } = filter;
    if (findingClass !== undefined || minConfidence !== undefined) {
      query.andWhere(
        `EXISTS (SELECT 1 FROM jsonb_array_elements(p.findings) AS f
                 WHERE (:findingClass::text IS NULL OR f->>'class' = :findingClass)
                   AND (f->>'confidence')::float8 >= :minConfidence)`,
        { findingClass: findingClass ?? null, minConfidence: minConfidence ?? 0 },
      );
    }
    if (source !== undefined) query.andWhere('p.image_source = :source', { source });
    if (flagged !== undefined) query.andWhere('p.review_flagged = :flagged', { flagged });
    if (modelVersion !== undefined) query.andWhere('p.model_version = :modelVersion', { modelVersion });
    if (from) query.andWhere('p.created_at >= :from', { from });
    if (to) query.andWhere('p.created_at < :to', { to });
    return query;
  }
}
