import { Controller, Get, Headers, Param, Res } from '@nestjs/common';
import {
  ApiExtraModels,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import {
  BOM_MEDIA_TYPE,
  bomOf,
  ModelCard,
  modelCardOf,
  ModelVersion,
  ModelVersionRepository,
  quoted,
  renderCard,
  ResourceNotFoundError,
  versionNumberOf,
} from '@thorax/registry';
import { FastifyReply } from 'fastify';
import { ApiProblems } from '../problem/problem.dto';
import { ModelCardDto } from './model-card.dto';

/** Documents about registered models, written from what is recorded when they are asked for. */
@ApiTags('models')
@ApiExtraModels(ModelCardDto)
@Controller('api/v1/models/:name/versions/:version')
export class ModelCardsController {
  constructor(private readonly versions: ModelVersionRepository) {}

  @Get('card')
  @ApiOperation({ summary: 'The card of a model version, as JSON or, by Accept: text/markdown, as Markdown' })
  @ApiProduces('application/json', 'text/markdown')
  @ApiOkResponse({
    content: {
      'application/json': { schema: { $ref: getSchemaPath(ModelCardDto) } },
      'text/markdown': { schema: { type: 'string' } },
    },
  })
  @ApiProblems(400, 404)
  async card(
    @Param('name') name: string,
    @Param('version') version: string,
    @Res() reply: FastifyReply,
    @Headers('accept') accept = '',
  ): Promise<void> {
    const { card } = await this.read(name, version);
    void reply.header('Vary', 'Accept').header('Cache-Control', 'private, no-cache');
    if (/\btext\/markdown\b/i.test(accept)) {
      void reply.type('text/markdown; charset=utf-8').send(renderCard(card));
    } else {
      void reply.type('application/json; charset=utf-8').send(JSON.stringify(ModelCardDto.from(card)));
    }
  }

  @Get('bom')
  @ApiOperation({ summary: 'The model version as a CycloneDX 1.6 bill of materials' })
  @ApiProduces('application/vnd.cyclonedx+json')
  @ApiOkResponse({ content: { 'application/vnd.cyclonedx+json': { schema: { type: 'object' } } } })
  @ApiProblems(400, 404)
  async bom(
    @Param('name') name: string,
    @Param('version') version: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { card, known } = await this.read(name, version);
    void reply
      .header('Cache-Control', 'private, no-cache')
      .type(BOM_MEDIA_TYPE)
      .send(JSON.stringify(bomOf(card, known)));
  }

  private async read(name: string, version: string): Promise<{ card: ModelCard; known: ModelVersion }> {
    // The database has no such text.
    if (name.includes('\0')) throw new ResourceNotFoundError(`registered model named ${quoted(name)}`);
    const known = await this.versions.get(name, versionNumberOf(version));
    return { card: modelCardOf(known, await this.versions.history(name, known.version)), known };
  }
}
