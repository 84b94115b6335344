import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { CheckOutcome, GateCheck, GateDecision, GateReport } from '@thorax/registry';

class IntervalDto {
  @ApiProperty({ example: -0.021 })
  low!: number;

  @ApiProperty({ example: 0.034 })
  high!: number;
}

class GatePolicyReferenceDto {
  @ApiProperty({ example: 'default' })
  name!: string;

  @ApiProperty({ example: '1' })
  version!: string;

  @ApiProperty({ description: "Of the policy's text." })
  sha256!: string;
}

class JudgedVersionDto {
  @ApiProperty({ example: 'chest-detector' })
  name!: string;

  @ApiProperty({ example: 7 })
  version!: number;

  @ApiProperty({ description: 'Of its evidence in canonical form.' })
  evidence_sha256!: string;
}

class JudgedTestSetDto {
  @ApiProperty({ example: 'chest-test-2026' })
  name!: string;

  @ApiProperty()
  sha256!: string;

  @ApiProperty({ example: 3000 })
  images!: number;

  @ApiProperty({ example: 2800 })
  patients!: number;
}

class GateMethodDto {
  @ApiProperty({ example: 1000 })
  resamples!: number;

  @ApiProperty({ description: 'Coverage of the intervals.', example: 0.95 })
  confidence!: number;

  @ApiProperty({ enum: ['image', 'patient'], description: 'What the bootstrap draws.' })
  unit!: 'image' | 'patient';

  @ApiProperty({ enum: ['coco-101', 'all-point'] })
  average_precision!: string;

  @ApiProperty({ description: 'Where sensitivity is read.', example: 1 })
  false_positives_per_image!: number;
}

/** One thing that was looked at; fractions, or milliseconds of latency. */
class GateCheckDto {
  @ApiProperty({ enum: ['average-precision', 'sensitivity', 'calibration', 'latency-p95'] })
  name!: string;

  @ApiPropertyOptional({ example: 'Pneumothorax' })
  class?: string;

  @ApiProperty()
  critical!: boolean;

  @ApiProperty({ type: Number, nullable: true })
  candidate!: number | null;

  @ApiProperty({ type: Number, nullable: true })
  incumbent!: number | null;

  @ApiProperty({ type: Number, nullable: true, description: 'What was judged: see compares.' })
  value!: number | null;

  @ApiProperty({ enum: ['difference', 'absolute'], description: 'Candidate − incumbent, or the candidate.' })
  compares!: 'difference' | 'absolute';

  @ApiProperty({ type: IntervalDto, nullable: true })
  interval!: IntervalDto | null;

  @ApiProperty({ description: 'What the whole interval must not cross.' })
  limit!: number;

  @ApiProperty({ description: 'Truths, detections or samples it stands on.' })
  support!: number;

  @ApiProperty()
  minimum_support!: number;

  @ApiProperty({ enum: ['pass', 'fail', 'needs-approval', 'not-enough-support'] })
  outcome!: CheckOutcome;

  @ApiProperty({ enum: ['pass', 'fail', 'needs-approval'], description: 'What it does to the decision.' })
  decides!: GateDecision;

  @ApiProperty()
  reason!: string;

  static from({ minimumSupport, ...check }: GateCheck): GateCheckDto {
    return { ...check, minimum_support: minimumSupport };
  }
}

/** What the gate found. */
export class GateReportDto {
  @ApiProperty({ example: 1 })
  format!: number;

  @ApiProperty({ type: GatePolicyReferenceDto })
  policy!: GatePolicyReferenceDto;

  @ApiProperty({ type: JudgedVersionDto })
  candidate!: JudgedVersionDto;

  @ApiProperty({ type: JudgedVersionDto, nullable: true })
  incumbent!: JudgedVersionDto | null;

  @ApiProperty({ type: JudgedTestSetDto })
  test_set!: JudgedTestSetDto;

  @ApiProperty({ type: GateMethodDto })
  method!: GateMethodDto;

  @ApiProperty({ description: 'Where it was judged, and where latency had to be measured.' })
  host!: string;

  @ApiProperty({ type: [GateCheckDto] })
  checks!: GateCheckDto[];

  @ApiProperty({ enum: ['pass', 'fail', 'needs-approval'] })
  decision!: GateDecision;

  @ApiProperty({ type: [String] })
  reasons!: string[];

  @ApiProperty({ description: 'Persons who must approve before the gate opens.' })
  approvals_required!: number;

  static from(report: GateReport): GateReportDto {
    const { candidate, incumbent, method } = report;
    const judged = ({ name, version, evidenceSha256 }: GateReport['candidate']): JudgedVersionDto => ({
      name,
      version,
      evidence_sha256: evidenceSha256,
    });
    return {
      format: report.format,
      policy: report.policy,
      candidate: judged(candidate),
      incumbent: incumbent && judged(incumbent),
      test_set: report.testSet,
      method: {
        resamples: method.resamples,
        confidence: method.confidence,
        unit: method.unit,
        average_precision: method.averagePrecision,
        false_positives_per_image: method.falsePositivesPerImage,
      },
      host: report.host,
      checks: report.checks.map((check) => GateCheckDto.from(check)),
      decision: report.decision,
      reasons: [...report.reasons],
      approvals_required: report.approvalsRequired,
    };
  }
}
