import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, Logger } from '@nestjs/common';
import { Queue } from 'bullmq';
import { HOUSEKEEPING_QUEUE, PREDICTION_JOB_QUEUE } from './queue-names';

const logger = new Logger('Queue');

/** One line for each time a queue cannot reach where it is kept; it tries again by itself. */
export function logQueueTrouble(error: Error): void {
  logger.warn({ message: 'a queue is out of reach', reason: error.message });
}

/** Without a listener the queues would print whole connections to standard error. */
@Injectable()
export class QueueTroubleLog {
  constructor(
    @InjectQueue(HOUSEKEEPING_QUEUE) housekeeping: Queue,
    @InjectQueue(PREDICTION_JOB_QUEUE) jobs: Queue,
  ) {
    for (const queue of [housekeeping, jobs]) queue.on('error', logQueueTrouble);
  }
}
