import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { PredictionFilter } from '@thorax/inference';
import { Transform, Type } from 'class-transformer';
import {
  IsBoolean,
  IsDate,
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
} from 'class-validator';

const toBoolean = ({ value }: { value: unknown }) =>
  value === 'true' ? true : value === 'false' ? false : value;

/** Page and filter of a listing; all given conditions must hold. */
export class PredictionQueryDto {
  @ApiPropertyOptional({ type: Number, minimum: 1, default: 1 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  page = 1;

  @ApiPropertyOptional({ type: Number, minimum: 1, maximum: 200, default: 20 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(200)
  page_size = 20;

  @ApiPropertyOptional({ description: 'Has a finding of this class.', example: 'Pneumothorax' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  class?: string;

  @ApiPropertyOptional({
    description: 'Has a finding (of `class`, where given) at or above this confidence.',
    minimum: 0,
    maximum: 1,
  })
  @IsOptional()
  @Type(() => Number)
  @IsNumber()
  @Min(0)
  @Max(1)
  min_confidence?: number;

  @ApiPropertyOptional({ enum: ['jpeg', 'png', 'dicom'] })
  @IsOptional()
  @IsIn(['jpeg', 'png', 'dicom'])
  source?: 'jpeg' | 'png' | 'dicom';

  @ApiPropertyOptional({ type: Boolean, description: 'Flagged for review, or not.' })
  @IsOptional()
  @Transform(toBoolean)
  @IsBoolean()
  flagged?: boolean;

  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  @MaxLength(200)
  model_version?: string;

  @ApiPropertyOptional({ type: String, format: 'date-time', description: 'Created at or after.' })
  @IsOptional()
  @Type(() => Date)
  @IsDate()
  from?: Date;

  @ApiPropertyOptional({ type: String, format: 'date-time', description: 'Created before.' })
  @IsOptional()
  @Type(() => Date)
  @IsDate()
  to?: Date;

  toFilter(): PredictionFilter {
    return {
      findingClass: this.class,
      minConfidence: this.min_confidence,
      source: this.source,
      flagged: this.flagged,
      modelVersion: this.model_version,
      from: this.from,
      to: this.to,
    };
  }
}

export class ReviewFlagRequestDto {
  @ApiProperty({ description: 'Set or clear the mark.' })
  @IsBoolean()
  flagged!: boolean;

  @ApiPropertyOptional({ description: 'For whoever looks again. No patient data.', maxLength: 2000 })
  @IsOptional()
  @IsString()
  @MaxLength(2000)
  comment?: string;
}

export class OverlayQueryDto {
  /** Findings below it are not drawn. */
  @IsOptional()
  @Type(() => Number)
  @IsNumber()
  @Min(0)
  @Max(1)
  min_confidence = 0;
}
