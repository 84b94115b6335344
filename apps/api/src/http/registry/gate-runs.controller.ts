import { Body, Controller, Get, Headers, Param, ParseUUIDPipe, Post, Req, Res } from '@nestjs/common';
import {
  ApiBody,
  ApiCreatedResponse,
  ApiExtraModels,
  ApiHeader,
  ApiOperation,
  ApiResponse,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import { gateReportMarkdown, PromotionGate, versionNumberOf } from '@thorax/registry';
import { FastifyReply, FastifyRequest } from 'fastify';
import { actorOf } from '../mlflow/caller';
import { InvalidIdempotencyKeyError } from '../prediction-jobs/prediction-job.errors';
import { ApiProblems } from '../problem/problem.dto';
import { GateEvidenceDto } from './gate-evidence.dto';
import { GateApprovalRequestDto, GateRunDto } from './gate-run.dto';

const unreadable = [400, 'The request or its evidence cannot be read.'] as const;
const absent = [404, 'There is no such model, version or gate run.'] as const;
const actorHeader = {
  name: 'X-Thorax-Actor',
  required: false,
  description: 'Who asks: a name. Without it the caller is anonymous.',
};

/** The promotion gate: evidence in, a kept judgement out, and a second person where the policy asks for one. */
@ApiTags('promotion gate')
@ApiExtraModels(GateRunDto)
@Controller('api/v1/models/:name/versions/:version/gate-runs')
export class GateRunsController {
  constructor(private readonly gate: PromotionGate) {}

  @Post()
  @ApiOperation({
    summary: 'Judge a model version by the policy of this installation, and keep the judgement',
  })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'The same key with the same evidence answers the same run.',
  })
  @ApiHeader(actorHeader)
  @ApiBody({ type: GateEvidenceDto })
  @ApiCreatedResponse({ type: GateRunDto })
  @ApiProblems(
    unreadable,
    absent,
    [409, 'The Idempotency-Key was used for something else.'],
    [413, 'The evidence is too large.'],
    [422, 'The evidence is of another model, version, file or test set, or could not be judged.'],
    [503, 'Too many gate runs are being judged; see Retry-After.'],
  )
  async create(
    @Param('name') name: string,
    @Param('version') version: string,
    @Body() document: unknown,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Headers('idempotency-key') idempotencyKey?: string,
  ): Promise<GateRunDto> {
    if (idempotencyKey !== undefined && !/^[\x21-\x7e]{1,200}$/.test(idempotencyKey)) {
      throw new InvalidIdempotencyKeyError();
    }
    const run = await this.gate.evaluate({
      name,
      version: versionNumberOf(version),
      document,
      idempotencyKey: idempotencyKey ?? null,
      actor: actorOf(request),
    });
    const address = `/api/v1/models/${encodeURIComponent(name)}/versions/${run.version}/gate-runs/${run.id}`;
    void reply.header('Location', address);
    return GateRunDto.from(run);
  }

  @Get(':id')
  @ApiOperation({ summary: 'One gate run; as text/markdown its report for people' })
  @ApiResponse({
    status: 200,
    content: {
      'application/json': { schema: { $ref: getSchemaPath(GateRunDto) } },
      'text/markdown': { schema: { type: 'string' } },
    },
  })
  @ApiProblems(unreadable, absent)
  async get(
    @Param('name') name: string,
    @Param('version') version: string,
    @Param('id', ParseUUIDPipe) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Headers('accept') accept = '',
  ): Promise<GateRunDto | string> {
    const run = await this.gate.get(name, versionNumberOf(version), id);
    void reply.header('Vary', 'Accept');
    if (!accept.includes('text/markdown')) return GateRunDto.from(run);
    void reply.type('text/markdown; charset=utf-8');
    return gateReportMarkdown(run.report);
  }

  @Post(':id/approvals')
  @ApiOperation({ summary: 'Approve or reject a gate run as a second person' })
  @ApiHeader({ ...actorHeader, required: true })
  @ApiCreatedResponse({ type: GateRunDto })
  @ApiProblems(unreadable, absent, [409, 'It awaits no approval, or not that of this person.'])
  async approve(
    @Param('name') name: string,
    @Param('version') version: string,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() { verdict, reason }: GateApprovalRequestDto,
    @Req() request: FastifyRequest,
  ): Promise<GateRunDto> {
    const approval = { actor: actorOf(request), verdict, reason };
    return GateRunDto.from(await this.gate.approve(name, versionNumberOf(version), id, approval));
  }
}
