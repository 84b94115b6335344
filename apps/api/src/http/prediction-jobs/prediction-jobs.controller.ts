import {
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  MessageEvent,
  Param,
  ParseUUIDPipe,
  Post,
  Query,
  Req,
  Res,
  Sse,
} from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
  ApiTags,
} from '@nestjs/swagger';
import { isSettled, PredictionJob, PredictionJobRepository } from '@thorax/inference';
import { FastifyReply, FastifyRequest } from 'fastify';
import { distinctUntilChanged, exhaustMap, map, Observable, takeWhile, timer } from 'rxjs';
import { Env } from '../../config/env';
import { QueueBatchWhenItArrives } from '../../flow/predict-batch-when-job-is-queued';
import { ApiImagesUpload } from '../predictions/upload.openapi';
import { ApiProblems } from '../problem/problem.dto';
import { forEachFile } from '../upload/upload.reader';
import {
  PredictionJobDto,
  PredictionJobResultDto,
  PredictionJobResultsDto,
  ResultsQueryDto,
} from './prediction-job.dto';
import { InvalidIdempotencyKeyError, PredictionJobNotFoundError } from './prediction-job.errors';

const progressIntervalMs = 500;

/** Batches too large to wait for: submitted, watched, collected, cancelled. */
@ApiTags('prediction jobs')
@Controller('api/v1/prediction-jobs')
export class PredictionJobsController {
  constructor(
    private readonly intake: QueueBatchWhenItArrives,
    private readonly jobs: PredictionJobRepository,
    private readonly env: Env,
  ) {}

  @Post()
  @HttpCode(202)
  @ApiOperation({ summary: 'Submit a large batch to be predicted on in the background' })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'The same key again answers the same job.',
  })
  @ApiImagesUpload()
  @ApiAcceptedResponse({ type: PredictionJobDto })
  @ApiProblems(400, 413, 415)
  async submit(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Headers('idempotency-key') idempotencyKey?: string,
  ): Promise<PredictionJobDto> {
    if (idempotencyKey !== undefined && !/^[\x21-\x7e]{1,200}$/.test(idempotencyKey)) {
      throw new InvalidIdempotencyKeyError();
    }
    const digests: string[] = [];
    const limits = {
      field: 'files',
      maxFiles: this.env.MAX_JOB_FILES,
      maxFileBytes: this.env.MAX_IMAGE_BYTES,
      maxTotalBytes: this.env.MAX_JOB_BYTES,
    };
    await forEachFile(request, limits, async (file) => {
      digests.push(await this.intake.keep(file.bytes, file.sha256));
      file.release();
    });
    const id = await this.intake.submit(digests, idempotencyKey ?? null);
    void reply.header('Location', `/api/v1/prediction-jobs/${id}`);
    return PredictionJobDto.from(await this.existing(id));
  }

  @Get(':id')
  @ApiOperation({ summary: 'How far a job is' })
  @ApiOkResponse({ type: PredictionJobDto })
  @ApiProblems(400, 404)
  async get(@Param('id', ParseUUIDPipe) id: string): Promise<PredictionJobDto> {
    return PredictionJobDto.from(await this.existing(id));
  }

  @Sse(':id/events')
  @ApiOperation({ summary: 'The same as server-sent events, one a change, until the job is settled' })
  @ApiProduces('text/event-stream')
  @ApiProblems(400, 404)
  async events(@Param('id', ParseUUIDPipe) id: string): Promise<Observable<MessageEvent>> {
    await this.existing(id);
    return timer(0, progressIntervalMs).pipe(
      exhaustMap(() => this.existing(id)),
      distinctUntilChanged(
        (a, b) => a.state === b.state && a.predicted === b.predicted && a.failed === b.failed,
      ),
      takeWhile(({ state }) => !isSettled(state), true),
      map((job) => ({ type: 'progress', data: PredictionJobDto.from(job) })),
    );
  }

  @Get(':id/results')
  @ApiOperation({ summary: 'The answers so far, in the order of the request' })
  @ApiOkResponse({ type: PredictionJobResultsDto })
  @ApiProblems(400, 404)
  async results(
    @Param('id', ParseUUIDPipe) id: string,
    @Query() { page, page_size }: ResultsQueryDto,
  ): Promise<PredictionJobResultsDto> {
    const { total } = await this.existing(id);
    const items = await this.jobs.results(id, (page - 1) * page_size, page_size);
    return { results: items.map((item) => PredictionJobResultDto.from(item)), page, page_size, total };
  }

  @Delete(':id')
  @ApiOperation({ summary: 'Cancel what has not begun; answers that are there stay' })
  @ApiOkResponse({ type: PredictionJobDto })
  @ApiProblems(400, 404)
  async cancel(@Param('id', ParseUUIDPipe) id: string): Promise<PredictionJobDto> {
    await this.existing(id);
    await this.jobs.cancel(id, new Date());
    return PredictionJobDto.from(await this.existing(id));
  }

  private async existing(id: string): Promise<PredictionJob> {
    const job = await this.jobs.find(id);
    if (!job) throw new PredictionJobNotFoundError(id);
    return job;
  }
}
