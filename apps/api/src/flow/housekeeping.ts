import { InjectQueue, OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import { Injectable, Logger, OnApplicationBootstrap } from '@nestjs/common';
import { Job, Queue } from 'bullmq';
import { HOUSEKEEPING_QUEUE } from './queue-names';
import { logQueueTrouble } from './queue-trouble.log';
import { RemoveArtifactsWhenNothingLeadsToThem } from './remove-artifacts-when-nothing-leads-to-them';
import { RemoveImagesWhenNothingRefersToThem } from './remove-images-when-nothing-refers-to-them';

const sweepIntervalMs = 60 * 60 * 1000;

/** Sweeps by the names of their schedules, which stand in databases. */
const SWEEPS = ['remove-unreferenced-images', 'remove-unreferenced-artifacts'] as const;
type Sweep = (typeof SWEEPS)[number];

/** Runs the sweeps, one at a time. */
@Processor(HOUSEKEEPING_QUEUE, { concurrency: 1 })
export class Housekeeping extends WorkerHost {
  private readonly logger = new Logger(Housekeeping.name);
  private readonly sweeps: Readonly<Record<Sweep, { sweep(now: Date): Promise<number> }>>;

  constructor(images: RemoveImagesWhenNothingRefersToThem, artifacts: RemoveArtifactsWhenNothingLeadsToThem) {
    super();
    this.sweeps = { 'remove-unreferenced-images': images, 'remove-unreferenced-artifacts': artifacts };
  }

  async process({ name }: Pick<Job, 'name'>): Promise<{ removed: number }> {
    const sweep = SWEEPS.find((known) => known === name);
    if (!sweep) throw new Error(`There is no sweep ${name}: another release of Thorax scheduled it.`);
    const removed = await this.sweeps[sweep].sweep(new Date());
    if (removed > 0) this.logger.log({ message: 'Removed what nothing refers to', sweep, removed });
    return { removed };
  }

  @OnWorkerEvent('error')
  onError(error: Error): void {
    logQueueTrouble(error);
  }
}

/** Sees to it that each sweep runs every hour, however many replicas there are. */
@Injectable()
export class HousekeepingSchedule implements OnApplicationBootstrap {
  constructor(@InjectQueue(HOUSEKEEPING_QUEUE) private readonly queue: Queue) {}

  async onApplicationBootstrap(): Promise<void> {
    for (const name of SWEEPS)
      await this.queue.upsertJobScheduler(name, { every: sweepIntervalMs }, { name });
  }
}
