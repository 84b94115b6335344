import { ApiProperty } from '@nestjs/swagger';
import { GateRun, GateStanding } from '@thorax/registry';
import { IsIn, IsString, Length } from 'class-validator';
import { GateReportDto } from './gate-report.dto';

/** What a second person says of a gate run. */
export class GateApprovalRequestDto {
  @ApiProperty({ enum: ['approve', 'reject'] })
  @IsIn(['approve', 'reject'])
  verdict!: 'approve' | 'reject';

  @ApiProperty({ description: 'Why, for whoever reads the history. No patient data.', maxLength: 2000 })
  @IsString()
  @Length(1, 2000)
  reason!: string;
}

class GateApprovalDto {
  @ApiProperty({ example: 'B. Chief' })
  actor!: string;

  @ApiProperty({ enum: ['approve', 'reject'] })
  verdict!: 'approve' | 'reject';

  @ApiProperty()
  reason!: string;

  @ApiProperty({ format: 'date-time' })
  at!: string;
}

/** A judgement of one model version; it never changes, only approvals are added. */
export class GateRunDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ example: 'chest-detector' })
  model!: string;

  @ApiProperty({ example: 7 })
  version!: number;

  @ApiProperty({
    enum: ['passed', 'failed', 'awaiting-approval', 'approved', 'rejected'],
    description: 'passed and approved open the gate.',
  })
  standing!: GateStanding;

  @ApiProperty({ description: 'Who asked for it.', example: 'A. Trainer' })
  asked_by!: string;

  @ApiProperty({ format: 'date-time' })
  asked_at!: string;

  @ApiProperty({ description: 'SHA-256 of policy and evidence, and the seed of the bootstrap.' })
  inputs_sha256!: string;

  @ApiProperty({ description: 'The text of the policy that it was judged by.' })
  policy_text!: string;

  @ApiProperty({ type: GateReportDto })
  report!: GateReportDto;

  @ApiProperty({ type: [GateApprovalDto] })
  approvals!: GateApprovalDto[];

  static from(run: GateRun): GateRunDto {
    return {
      id: run.id,
      model: run.name,
      version: run.version,
      standing: run.standing,
      asked_by: run.askedBy,
      asked_at: new Date(run.askedAtMs).toISOString(),
      inputs_sha256: run.inputsSha256,
      policy_text: run.policyText,
      report: GateReportDto.from(run.report),
      approvals: run.approvals.map(({ atMs, ...approval }) => ({
        ...approval,
        at: new Date(atMs).toISOString(),
      })),
    };
  }
}
