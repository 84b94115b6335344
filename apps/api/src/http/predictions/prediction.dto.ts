import { ApiProperty } from '@nestjs/swagger';
import { NormalisedBox } from '@thorax/radiograph';
import { PredictionEntity } from '@thorax/inference';
import { ProblemDto } from '../problem/problem.dto';

class FindingDto {
  @ApiProperty({
    description: 'One of the classes of the model: the 14 of VinDr-CXR for the detectors trained here.',
    example: 'Pleural effusion',
  })
  class!: string;

  @ApiProperty({ description: "The model's score, 0 to 1.", example: 0.83 })
  confidence!: number;

  @ApiProperty({
    description: '[x_min, y_min, x_max, y_max] as fractions of the original image.',
    type: [Number],
    minItems: 4,
    maxItems: 4,
    example: [0.12, 0.55, 0.34, 0.81],
  })
  bbox!: NormalisedBox;
}

class ModelDto {
  @ApiProperty({ example: 'chest_xray_detector' })
  name!: string;

  @ApiProperty({ example: '1' })
  version!: string;
}

class ImageDto {
  @ApiProperty({ description: 'Of the file as it was sent.', example: '2112f9b4…' })
  sha256!: string;

  @ApiProperty({ description: 'Pixels, as displayed.', example: 2048 })
  width!: number;

  @ApiProperty({ example: 2500 })
  height!: number;

  @ApiProperty({ enum: ['jpeg', 'png', 'dicom'], example: 'dicom' })
  source!: 'jpeg' | 'png' | 'dicom';
}

class ReviewFlagDto {
  @ApiProperty({ description: 'A reader wants this looked at again.', example: false })
  flagged!: boolean;

  @ApiProperty({ type: String, nullable: true, example: null })
  comment!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null })
  flagged_at!: string | null;
}

/** What one model version found on one image. */
export class PredictionDto {
  @ApiProperty({ format: 'uuid', description: 'The same image and model always have the same id.' })
  id!: string;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @ApiProperty({ type: [FindingDto], description: 'By falling confidence; empty when nothing was found.' })
  predictions!: FindingDto[];

  @ApiProperty({ description: 'Seconds from decoding to result.', example: 0.061 })
  inference_time!: number;

  @ApiProperty()
  model!: ModelDto;

  @ApiProperty()
  image!: ImageDto;

  @ApiProperty()
  review_flag!: ReviewFlagDto;

  /** @param inferenceMs of the run that answers this request, where it is not the recorded one */
  static from(row: PredictionEntity, inferenceMs = row.inferenceMs): PredictionDto {
    return {
      id: row.id,
      created_at: row.createdAt.toISOString(),
      predictions: row.findings.map(({ class: name, confidence, bbox }) => ({
        class: name,
        confidence,
        bbox,
      })),
      inference_time: inferenceMs / 1000,
      model: { name: row.modelName, version: row.modelVersion },
      image: {
        sha256: row.imageSha256,
        width: row.imageWidth,
        height: row.imageHeight,
        source: row.imageSource,
      },
      review_flag: {
        flagged: row.reviewFlagged,
        comment: row.reviewComment,
        flagged_at: row.reviewFlaggedAt?.toISOString() ?? null,
      },
    };
  }
}

/** The answer for one file of a batch: exactly one of the two. */
class BatchEntryDto {
  @ApiProperty({ description: 'Position of the file in the request, from 0.' })
  index!: number;

  @ApiProperty({ type: PredictionDto, required: false })
  prediction?: PredictionDto;

  @ApiProperty({ type: ProblemDto, required: false })
  problem?: ProblemDto;
}

export class BatchDto {
  @ApiProperty({ type: [BatchEntryDto], description: 'One entry a file, in the order of the request.' })
  results!: BatchEntryDto[];
}

export class PredictionPageDto {
  @ApiProperty({ type: [PredictionDto], description: 'Newest first.' })
  items!: PredictionDto[];

  @ApiProperty({ example: 1 })
  page!: number;

  @ApiProperty({ example: 20 })
  page_size!: number;

  @ApiProperty({ description: 'Predictions that match the filter.', example: 137 })
  total!: number;
}
