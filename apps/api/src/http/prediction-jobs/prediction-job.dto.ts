import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { JobItem, JobState, PredictionJob } from '@thorax/inference';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { PredictionDto } from '../predictions/prediction.dto';
import { makeProblem } from '../problem/problem';
import { ProblemDto } from '../problem/problem.dto';

/** A background batch and how far it is. */
export class PredictionJobDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @ApiProperty({ enum: ['queued', 'running', 'completed', 'cancelled'] })
  state!: JobState;

  @ApiProperty({ description: 'Images in the job.', example: 500 })
  total!: number;

  @ApiProperty({ description: 'Images that were predicted on.', example: 120 })
  predicted!: number;

  @ApiProperty({ description: 'Images that were answered with a problem.', example: 2 })
  failed!: number;

  static from({ id, createdAt, state, total, predicted, failed }: PredictionJob): PredictionJobDto {
    return { id, created_at: createdAt.toISOString(), state, total, predicted, failed };
  }
}

/** The answer for one image of a job; neither of the two while it waits. */
export class PredictionJobResultDto {
  @ApiProperty({ description: 'Position of the file in the request, from 0.' })
  index!: number;

  @ApiProperty({ type: PredictionDto, required: false })
  prediction?: PredictionDto;

  @ApiProperty({ type: ProblemDto, required: false })
  problem?: ProblemDto;

  static from({ index, prediction, problem }: JobItem): PredictionJobResultDto {
    return {
      index,
      ...(prediction && { prediction: PredictionDto.from(prediction) }),
      ...(problem && { problem: makeProblem(problem) }),
    };
  }
}

export class PredictionJobResultsDto {
  @ApiProperty({ type: [PredictionJobResultDto], description: 'In the order of the request.' })
  results!: PredictionJobResultDto[];

  @ApiProperty()
  page!: number;

  @ApiProperty()
  page_size!: number;

  @ApiProperty()
  total!: number;
}

export class ResultsQueryDto {
  @ApiPropertyOptional({ type: Number, minimum: 1, default: 1 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  page = 1;

  @ApiPropertyOptional({ type: Number, minimum: 1, maximum: 200, default: 50 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(200)
  page_size = 50;
}
