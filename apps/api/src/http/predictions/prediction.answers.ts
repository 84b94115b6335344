import { Injectable } from '@nestjs/common';
import { RequestOptions } from '@thorax/inference';
import { FastifyReply, FastifyRequest } from 'fastify';
import pMap from 'p-map';
import { Env } from '../../config/env';
import { Predicted, PredictWhenStudyArrives } from '../../flow/predict-when-study-arrives';
import { PRIORITY } from '../../flow/urgency';
import { problemOf } from '../problem/problem';
import { readUpload } from '../upload/upload.reader';
import { UploadedFile } from '../upload/uploaded-file';
import { callerWishes } from './caller-wishes';
import { disconnectSignal } from './disconnect';
import { BatchDto, PredictionDto } from './prediction.dto';
import { serverTiming } from './server-timing';

/** What the classic and the versioned routes have in common: an upload in, a prediction or a batch of them out. */
@Injectable()
export class PredictionAnswers {
  constructor(
    private readonly flow: PredictWhenStudyArrives,
    private readonly env: Env,
  ) {}

  /** Predicts on the one file in form field `file`. */
  async one(request: FastifyRequest, reply: FastifyReply): Promise<PredictionDto> {
    const { MAX_IMAGE_BYTES } = this.env;
    const [file] = await readUpload(request, {
      field: 'file',
      maxFiles: 1,
      maxFileBytes: MAX_IMAGE_BYTES,
      maxTotalBytes: MAX_IMAGE_BYTES,
    });
    const { prediction, inferenceMs, detection } = await this.predict(file, {
      ...callerWishes(request),
      priority: PRIORITY.interactive,
      signal: disconnectSignal(reply),
    });
    void reply.header('Server-Timing', serverTiming(detection));
    return PredictionDto.from(prediction, inferenceMs);
  }

  /** Predicts on the files in form field `files`; one that fails does not keep the others from their answers. */
  async batch(request: FastifyRequest, reply: FastifyReply): Promise<BatchDto> {
    const files = await readUpload(request, {
      field: 'files',
      maxFiles: this.env.MAX_BATCH_FILES,
      maxFileBytes: this.env.MAX_IMAGE_BYTES,
      maxTotalBytes: this.env.MAX_BATCH_BYTES,
    });
    const options = { ...callerWishes(request), priority: PRIORITY.batch, signal: disconnectSignal(reply) };
    // A few more than there are threads keep them busy; more would crowd out everybody else's requests.
    const concurrency = this.env.MAX_WORKERS * 2;
    const results = await pMap(files, (file, index) => this.entry(file, index, options), { concurrency });
    return { results };
  }

  private async entry(
    file: UploadedFile,
    index: number,
    options: RequestOptions,
  ): Promise<BatchDto['results'][number]> {
    try {
      const { prediction, inferenceMs } = await this.predict(file, options);
      return { index, prediction: PredictionDto.from(prediction, inferenceMs) };
    } catch (error) {
      return { index, problem: problemOf(error).problem };
    }
  }

  /**
   * Only an answer of its own shows that all are done with the bytes; after a failure, or where another request's run
   * was quicker, a worker may still read them.
   */
  private async predict(file: UploadedFile, options: RequestOptions): Promise<Predicted> {
    const { bytes, sha256, abandon } = file;
    const predicted = await this.flow.predict(bytes, { ...options, sha256, onWorkerLost: abandon });
    if (predicted.detection.cached !== 'joined') file.release();
    return predicted;
  }
}
