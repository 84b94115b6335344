import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

/*
 * The evidence as the API description shows it. It is read and checked by the registry, which knows its bounds and names
 * the place of what is wrong; these classes are never filled.
 */

class EvaluatedModelDto {
  @ApiProperty({ example: 'chest-detector' })
  name!: string;

  @ApiProperty({ example: 7 })
  version!: number;

  @ApiPropertyOptional({
    description: 'SHA-256 of the file that was run; needed where the registry knows it.',
  })
  onnx_sha256?: string;
}

class TestSetDto {
  @ApiProperty({ example: 'chest-test-2026' })
  name!: string;

  @ApiProperty({ description: 'SHA-256 of the frozen test set, lower-case hex.' })
  sha256!: string;
}

class ImageFindingsDto {
  @ApiProperty({ description: 'Index into classes.', example: 12 })
  class!: number;

  @ApiProperty({ description: 'Truths of the class on this image.', example: 1 })
  truths!: number;

  @ApiProperty({ type: [Number], description: 'Of the detections of the class, 0..1.', example: [0.93, 0.2] })
  scores!: number[];

  @ApiProperty({
    type: [Number],
    description: 'Of each detection: 1 if it found a truth, else 0.',
    example: [1, 0],
  })
  matched!: number[];
}

class EvaluatedImageDto {
  @ApiProperty()
  id!: string;

  @ApiPropertyOptional({ description: 'Pseudonym; images of one patient are drawn together.' })
  patient?: string;

  @ApiProperty({ type: [ImageFindingsDto], description: 'Of classes with truths or detections here.' })
  findings!: ImageFindingsDto[];
}

class LatencySamplesDto {
  @ApiProperty({ description: 'Where they were measured, as `report.host` of a gate run names it.' })
  host!: string;

  @ApiProperty({ type: [Number] })
  samples_ms!: number[];
}

class EvaluationEvidenceDto {
  @ApiProperty({ type: EvaluatedModelDto })
  model!: EvaluatedModelDto;

  @ApiProperty({ type: TestSetDto })
  test_set!: TestSetDto;

  @ApiProperty({ type: [String] })
  classes!: string[];

  @ApiProperty({ type: [EvaluatedImageDto], description: 'Every image of the test set.' })
  images!: EvaluatedImageDto[];

  @ApiPropertyOptional({ type: LatencySamplesDto })
  latency?: LatencySamplesDto;
}

/** What a gate run is judged on. */
export class GateEvidenceDto {
  @ApiProperty({ type: EvaluationEvidenceDto })
  candidate!: EvaluationEvidenceDto;

  @ApiPropertyOptional({
    type: EvaluationEvidenceDto,
    description: 'Of the version in Production; absent only where there is none.',
  })
  incumbent?: EvaluationEvidenceDto;
}
