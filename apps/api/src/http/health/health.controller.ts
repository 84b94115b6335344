import { InjectQueue } from '@nestjs/bullmq';
import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  HealthCheck,
  HealthCheckResult,
  HealthCheckService,
  HealthIndicatorResult,
  HealthIndicatorService,
} from '@nestjs/terminus';
import { ModelRepository } from '@thorax/inference';
import { OBJECT_STORE, ObjectStore } from '@thorax/platform';
import { Queue } from 'bullmq';
import { FastifyReply } from 'fastify';
import { DataSource } from 'typeorm';
import { HOUSEKEEPING_QUEUE } from '../../flow/queue-names';

const checkTimeoutMs = 2_000;

/** For orchestrators and load balancers: alive (restart me if not) and ready (send me requests). */
@ApiTags('health')
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly database: DataSource,
    private readonly models: ModelRepository,
    @InjectQueue(HOUSEKEEPING_QUEUE) private readonly queue: Queue,
    @Inject(OBJECT_STORE) private readonly objects: ObjectStore,
  ) {}

  @Get('live')
  @ApiOperation({ summary: 'Whether the process is alive' })
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('ready')
  @HealthCheck()
  @ApiOperation({ summary: 'Whether requests can be answered, and why not' })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<HealthCheckResult> {
    const result = await this.health
      .check([
        () => this.probe('database', () => this.database.query('SELECT 1')),
        () => this.probe('queue', () => this.queue.getJobCounts('waiting')),
        () => this.probe('object_store', () => this.objects.check()),
        () => this.model(),
      ])
      .catch((error: { getResponse(): HealthCheckResult }) => error.getResponse());
    // Answered as a result, not thrown: orchestrators read the details, and this is no problem document.
    if (result.status !== 'ok') void reply.status(503);
    return result;
  }

  private async probe(name: string, attempt: () => Promise<unknown>): Promise<HealthIndicatorResult> {
    const indicator = this.indicators.check(name);
    const timeout = AbortSignal.timeout(checkTimeoutMs);
    const late = new Promise<never>((_, reject) =>
      timeout.addEventListener('abort', () => reject(new Error(`no answer within ${checkTimeoutMs} ms`))),
    );
    try {
      await Promise.race([attempt(), late]);
      return indicator.up();
    } catch (error) {
      return indicator.down({ message: (error as Error).message });
    }
  }

  private model(): HealthIndicatorResult {
    const indicator = this.indicators.check('model');
    const { state } = this.models.primary;
    switch (state.status) {
      case 'ready':
        return indicator.up({
          name: state.model.name,
          version: state.model.version,
          warnings: state.model.warnings,
        });
      case 'loading':
        return indicator.down({ message: 'The model is still loading.' });
      case 'unavailable':
        return indicator.down({ code: state.code, message: state.reason });
    }
  }
}
