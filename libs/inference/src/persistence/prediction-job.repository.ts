import { DataSource, In, IsNull, Repository } from 'typeorm';
import { PredictionJobEntity, PredictionJobItemEntity, RecordedProblem } from './prediction-job.entity';
import { JobProgress, JobState, jobStateOf } from './prediction-job.state';
import { PredictionEntity } from './prediction.entity';

/** A job with its progress and the state that follows. */
export interface PredictionJob extends JobProgress {
  readonly id: string;
  readonly createdAt: Date;
  readonly state: JobState;
}

/** The answer to one item: a prediction, a problem, or neither yet. */
export interface JobItem {
  readonly index: number;
  readonly imageSha256: string;
  readonly prediction: PredictionEntity | null;
  readonly problem: RecordedProblem | null;
}

/** How an item was settled. */
export type ItemOutcome = { readonly predictionId: string } | { readonly problem: RecordedProblem };

/** The jobs and their items. Every change is idempotent: a worker that repeats another's work changes nothing. */
export class PredictionJobRepository {
  private readonly jobs: Repository<PredictionJobEntity>;
  private readonly items: Repository<PredictionJobItemEntity>;

  constructor(private readonly dataSource: DataSource) {
    this.jobs = dataSource.getRepository(PredictionJobEntity);
    this.items = dataSource.getRepository(PredictionJobItemEntity);
  }

  /**
   * Creates a job with its items, all or nothing. With an idempotency key that is taken, nothing is
   * created; either way resolves with the id of the job that stands.
   */
  async create(id: string, imageSha256s: readonly string[], idempotencyKey: string | null): Promise<string> {
    return this.dataSource.transaction(async (transaction) => {
      await transaction
        .createQueryBuilder()
        .insert()
        .into(PredictionJobEntity)
        .values({ id, idempotencyKey })
        .orIgnore()
        .execute();
      const standing = idempotencyKey
        ? await transaction.findOneByOrFail(PredictionJobEntity, { idempotencyKey })
        : { id };
      if (standing.id !== id) return standing.id;
      await transaction.query(
        `INSERT INTO prediction_job_item (job_id, index, image_sha256)
         SELECT $1, position - 1, digest FROM unnest($2::text[]) WITH ORDINALITY AS image (digest, position)`,
        [id, imageSha256s],
      );
      return id;
    });
  }

  async find(id: string): Promise<PredictionJob | null> {
    const job = await this.jobs.findOneBy({ id });
    if (!job) return null;
    const [progress] = await this.dataSource.query<JobProgress[]>(
      `SELECT count(*)::int AS total, count(prediction_id)::int AS predicted, count(problem)::int AS failed
       FROM prediction_job_item WHERE job_id = $1`,
      [id],
    );
    return { id, createdAt: job.createdAt, ...progress, state: jobStateOf({ ...job, ...progress }) };
  }

  /** Ids of the jobs that wait or run, oldest first. */
  async unsettled(): Promise<string[]> {
    const rows = await this.dataSource.query<{ id: string }[]>(
      `SELECT id FROM prediction_job AS job
       WHERE cancelled_at IS NULL AND EXISTS
         (SELECT 1 FROM prediction_job_item WHERE job_id = job.id AND prediction_id IS NULL AND problem IS NULL)
       ORDER BY created_at`,
    );
    return rows.map(({ id }) => id);
  }

  /** Items without an answer, in order, at most `limit`; none of a cancelled job. */
  async waitingItems(id: string, limit: number): Promise<PredictionJobItemEntity[]> {
    if (!(await this.jobs.existsBy({ id, cancelledAt: IsNull() }))) return [];
    return this.items.find({
      where: { jobId: id, predictionId: IsNull(), problem: IsNull() },
      order: { index: 'ASC' },
      take: limit,
    });
  }

  async markStarted(id: string, now: Date): Promise<void> {
    await this.jobs.update({ id, startedAt: IsNull() }, { startedAt: now });
  }

  /** Stops what has not begun; what is under way may still be answered. */
  async cancel(id: string, now: Date): Promise<void> {
    await this.jobs.update({ id, cancelledAt: IsNull() }, { cancelledAt: now });
  }

  /** Answers an item, unless it has its answer. */
  async settle({ jobId, index }: PredictionJobItemEntity, outcome: ItemOutcome): Promise<void> {
    await this.items.update({ jobId, index, predictionId: IsNull(), problem: IsNull() }, outcome);
  }

  /** Items `offset`, `offset` + 1, … of the request, at most `limit`, with their answers. */
  async results(id: string, offset: number, limit: number): Promise<JobItem[]> {
    const items = await this.items.find({
      where: { jobId: id },
      order: { index: 'ASC' },
      skip: offset,
      take: limit,
    });
    const ids = items.flatMap(({ predictionId }) => predictionId ?? []);
    const predictions = await this.dataSource.getRepository(PredictionEntity).findBy({ id: In(ids) });
    const byId = new Map(predictions.map((prediction) => [prediction.id, prediction]));
    return items.map(({ index, imageSha256, predictionId, problem }) => ({
      index,
      imageSha256,
      prediction: (predictionId && byId.get(predictionId)) || null,
      problem,
    }));
  }

  /** Whether a job still needs this image. */
  refersToImage(imageSha256: string): Promise<boolean> {
    return this.items.existsBy({ imageSha256, predictionId: IsNull(), problem: IsNull() });
  }
}
