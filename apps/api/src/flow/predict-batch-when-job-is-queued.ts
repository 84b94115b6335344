import { InjectQueue, OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import { OnModuleDestroy, Inject, Injectable, OnApplicationBootstrap } from '@nestjs/common';
import { isSettled, ItemOutcome, PredictionJobItemEntity, PredictionJobRepository } from '@thorax/inference';
import { OBJECT_STORE, ObjectStore } from '@thorax/platform';
import { DelayedError, Job, Queue } from 'bullmq';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import pMap from 'p-map';
import { Env } from '../config/env';
import { problemOf } from '../http/problem/problem';
import { imageKeyOf } from './image-key';
import { PredictWhenStudyArrives } from './predict-when-study-arrives';
import { PREDICTION_JOB_QUEUE } from './queue-names';
import { logQueueTrouble } from './queue-trouble.log';
import { RecordWhenStudyIsPredicted } from './record-when-study-is-predicted';
import { PRIORITY } from './urgency';

/** A worker that was killed is noticed after this time, and its job goes on elsewhere. */
const lockDurationMs = 10_000;

/** A job comes back for as long as something it depends on is away. */
const retries = { attempts: 1_000, backoff: { type: 'fixed', delay: 5_000 } } as const;

interface QueuedJob {
  readonly jobId: string;
}

/** Takes batches in: images first, then the job, then the message that makes a worker look at it. */
@Injectable()
export class QueueBatchWhenItArrives implements OnApplicationBootstrap {
  constructor(
    private readonly recorder: RecordWhenStudyIsPredicted,
    private readonly jobs: PredictionJobRepository,
    @InjectQueue(PREDICTION_JOB_QUEUE) private readonly queue: Queue<QueuedJob>,
  ) {}

  /** Keeps one image of a batch, whose digest may be known. @returns the digest */
  keep(bytes: Uint8Array, sha256?: string): Promise<string> {
    return this.recorder.keep(bytes, sha256);
  }

  /** Creates and queues the job over images that were kept. @returns its id, or that of the job with this key */
  async submit(imageSha256s: readonly string[], idempotencyKey: string | null): Promise<string> {
    const id = await this.jobs.create(randomUUID(), imageSha256s, idempotencyKey);
    await this.enqueue(id);
    return id;
  }

  /** A crash between creating and queueing leaves a job that nobody looks at: it is queued again here. */
  async onApplicationBootstrap(): Promise<void> {
    for (const id of await this.jobs.unsettled()) await this.enqueue(id);
  }

  private async enqueue(jobId: string): Promise<void> {
    // The queue knows the id, so queueing what is queued or under way changes nothing.
    await this.queue.add(
      'predict',
      { jobId },
      { jobId, ...retries, removeOnComplete: true, removeOnFail: true },
    );
  }
}

/** Works through a batch, a few images at a time, and can stop and go on after any of them. */
@Processor(PREDICTION_JOB_QUEUE, {
  concurrency: 1,
  lockDuration: lockDurationMs,
  stalledInterval: lockDurationMs / 2,
  maxStalledCount: 1_000,
})
export class PredictBatchWhenJobIsQueued extends WorkerHost implements OnModuleDestroy {
  private readonly stopping = new AbortController();

  constructor(
    private readonly jobs: PredictionJobRepository,
    private readonly flow: PredictWhenStudyArrives,
    @Inject(OBJECT_STORE) private readonly objects: ObjectStore,
    private readonly env: Env,
  ) {
    super();
  }

  async process(job: Job<QueuedJob>, token?: string): Promise<void> {
    const { jobId } = job.data;
    await this.jobs.markStarted(jobId, new Date());
    const concurrency = this.env.MAX_WORKERS;
    for (;;) {
      if (this.stopping.signal.aborted) {
        // Back into the queue, for the next replica or the next start.
        await job.moveToDelayed(Date.now(), token);
        throw new DelayedError();
      }
      const items = await this.jobs.waitingItems(jobId, concurrency);
      if (items.length === 0) return;
      await pMap(items, (item) => this.answer(item), { concurrency });
      const progress = await this.jobs.find(jobId);
      if (!progress || isSettled(progress.state)) return;
      await job.updateProgress({ ...progress });
    }
  }

  @OnWorkerEvent('error')
  onError(error: Error): void {
    logQueueTrouble(error);
  }

  /** The first that happens at shutdown: queue, detector and database are still there. */
  onModuleDestroy(): void {
    this.stopping.abort();
  }

  private async answer(item: PredictionJobItemEntity): Promise<void> {
    const outcome = await this.outcomeOf(item);
    if (outcome) await this.jobs.settle(item, outcome);
  }

  /** Undefined where the image should be tried again: there was no room for it now. */
  private async outcomeOf({ imageSha256 }: PredictionJobItemEntity): Promise<ItemOutcome | undefined> {
    try {
      const bytes = await this.objects.get(imageKeyOf(imageSha256));
      const { prediction } = await this.flow.predict(bytes, {
        priority: PRIORITY.background,
        keptAs: imageSha256,
      });
      return { predictionId: prediction.id };
    } catch (error) {
      const { problem, retryAfterSeconds } = problemOf(error);
      if (problem.status < 500) return { problem };
      // Whoever is overloaded says when to come back; anything else of ours goes to the queue's own retries.
      if (problem.code !== 'INFERENCE_QUEUE_FULL') throw error;
      await delay((retryAfterSeconds ?? 1) * 1_000, undefined, { signal: this.stopping.signal }).catch(
        () => undefined,
      );
      return undefined;
    }
  }
}
