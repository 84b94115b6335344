import {
  Body,
  Controller,
  Get,
  HttpCode,
  Param,
  ParseUUIDPipe,
  Post,
  Put,
  Query,
  Req,
  Res,
} from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
  ApiQuery,
  ApiTags,
} from '@nestjs/swagger';
import { PredictionEntity, PredictionRepository, RenderedImage } from '@thorax/inference';
import { FastifyReply, FastifyRequest } from 'fastify';
import { ShowImageWhenReaderAsks } from '../../flow/show-image-when-reader-asks';
import { ApiProblems } from '../problem/problem.dto';
import { PredictionNotFoundError } from './prediction-not-found.error';
import { OverlayQueryDto, PredictionQueryDto, ReviewFlagRequestDto } from './prediction-query.dto';
import { PredictionAnswers } from './prediction.answers';
import { BatchDto, PredictionDto, PredictionPageDto } from './prediction.dto';
import { ApiImagesUpload, ApiImageUpload } from './upload.openapi';

/** Predictions as a resource: made by an upload, kept, listed, looked at. */
@ApiTags('predictions')
@Controller('api/v1/predictions')
export class PredictionsController {
  constructor(
    private readonly answers: PredictionAnswers,
    private readonly predictions: PredictionRepository,
    private readonly show: ShowImageWhenReaderAsks,
  ) {}

  @Post()
  @ApiOperation({ summary: 'Find abnormalities on one chest radiograph' })
  @ApiImageUpload()
  @ApiCreatedResponse({ type: PredictionDto })
  @ApiProblems(400, 413, 415, 422, 503)
  async create(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PredictionDto> {
    const prediction = await this.answers.one(request, reply);
    void reply.header('Location', `/api/v1/predictions/${prediction.id}`);
    return prediction;
  }

  @Post('batch')
  @HttpCode(200)
  @ApiOperation({ summary: 'Find abnormalities on several chest radiographs' })
  @ApiImagesUpload()
  @ApiOkResponse({ type: BatchDto })
  @ApiProblems(400, 413, 415)
  createBatch(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<BatchDto> {
    return this.answers.batch(request, reply);
  }

  @Get()
  @ApiOperation({ summary: 'List predictions, newest first' })
  @ApiOkResponse({ type: PredictionPageDto })
  @ApiProblems(400)
  async list(@Query() query: PredictionQueryDto): Promise<PredictionPageDto> {
    const page = { number: query.page, size: query.page_size };
    const { items, total } = await this.predictions.list(query.toFilter(), page);
    return {
      items: items.map((row) => PredictionDto.from(row)),
      page: page.number,
      page_size: page.size,
      total,
    };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One prediction' })
  @ApiOkResponse({ type: PredictionDto })
  @ApiProblems(400, 404)
  async get(@Param('id', ParseUUIDPipe) id: string): Promise<PredictionDto> {
    return PredictionDto.from(await this.existing(id));
  }

  @Get(':id/image')
  @ApiOperation({ summary: 'The radiograph, as every part of the system sees it' })
  @ApiProduces('image/png')
  @ApiOkResponse({ content: { 'image/png': { schema: { type: 'string', format: 'binary' } } } })
  @ApiProblems(400, 404, 503)
  async image(@Param('id', ParseUUIDPipe) id: string, @Res() reply: FastifyReply): Promise<void> {
    sendPng(reply, await this.show.image(await this.existing(id)));
  }

  @Get(':id/overlay')
  @ApiOperation({ summary: 'The radiograph with boxes and labels drawn on it' })
  @ApiQuery({
    name: 'min_confidence',
    required: false,
    schema: { type: 'number', minimum: 0, maximum: 1, default: 0 },
  })
  @ApiProduces('image/png')
  @ApiOkResponse({ content: { 'image/png': { schema: { type: 'string', format: 'binary' } } } })
  @ApiProblems(400, 404, 503)
  async overlay(
    @Param('id', ParseUUIDPipe) id: string,
    @Query() query: OverlayQueryDto,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendPng(reply, await this.show.overlay(await this.existing(id), query.min_confidence));
  }

  @Put(':id/review-flag')
  @ApiOperation({ summary: 'Mark a prediction for a second look, or clear the mark' })
  @ApiOkResponse({ type: PredictionDto })
  @ApiProblems(400, 404)
  async flag(
    @Param('id', ParseUUIDPipe) id: string,
    @Body() { flagged, comment }: ReviewFlagRequestDto,
  ): Promise<PredictionDto> {
    const row = await this.predictions.flagForReview(id, { flagged, comment: comment ?? null }, new Date());
    if (!row) throw new PredictionNotFoundError(id);
    return PredictionDto.from(row);
  }

  private async existing(id: string): Promise<PredictionEntity> {
    const row = await this.predictions.find(id);
    if (!row) throw new PredictionNotFoundError(id);
    return row;
  }
}

function sendPng(reply: FastifyReply, { png }: RenderedImage): void {
  void reply.header('Cache-Control', 'private, no-cache').type('image/png').send(Buffer.from(png));
}
