import { Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { FastifyReply, FastifyRequest } from 'fastify';
import { ApiProblems } from '../problem/problem.dto';
import { PredictionAnswers } from './prediction.answers';
import { BatchDto, PredictionDto } from './prediction.dto';
import { ApiImagesUpload, ApiImageUpload } from './upload.openapi';

/** The routes that clients of the original system call. */
@ApiTags('predict')
@Controller('predict')
export class ClassicPredictController {
  constructor(private readonly answers: PredictionAnswers) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: 'Find abnormalities on one chest radiograph' })
  @ApiImageUpload()
  @ApiOkResponse({ type: PredictionDto })
  @ApiProblems(400, 413, 415, 422, 503)
  predict(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PredictionDto> {
    return this.answers.one(request, reply);
  }

  @Post('batch')
  @HttpCode(200)
  @ApiOperation({ summary: 'Find abnormalities on several chest radiographs' })
  @ApiImagesUpload()
  @ApiOkResponse({ type: BatchDto })
  @ApiProblems(400, 413, 415)
  batch(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<BatchDto> {
    return this.answers.batch(request, reply);
  }
}
