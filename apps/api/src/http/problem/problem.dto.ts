import { applyDecorators } from '@nestjs/common';
import {
  ApiExtraModels,
  ApiProperty,
  ApiPropertyOptional,
  ApiResponse,
  getSchemaPath,
} from '@nestjs/swagger';
import { Problem } from './problem';

class ReasonDto {
  @ApiProperty({ example: 'VIEW_NOT_FRONTAL' })
  code!: string;

  @ApiProperty({ example: 'ViewPosition is LL, a lateral view.' })
  message!: string;
}

/** RFC 9457 problem document. */
export class ProblemDto implements Problem {
  @ApiProperty({ example: 'urn:thorax:problem:corrupt-image' })
  type!: string;

  @ApiProperty({ example: 'Corrupt image' })
  title!: string;

  @ApiProperty({ example: 400 })
  status!: number;

  @ApiProperty({ description: 'Stable across releases.', example: 'CORRUPT_IMAGE' })
  code!: string;

  @ApiProperty({
    description: 'What was expected and what came.',
    example: 'The JPEG data ends before the image does.',
  })
  detail!: string;

  @ApiProperty({ description: 'What to do.', example: 'Send the file again, complete.' })
  remedy!: string;

  @ApiPropertyOptional({ type: [ReasonDto], description: 'Single reasons, where there are several.' })
  reasons?: ReasonDto[];
}

/**
 * Documents that a route may answer these statuses with a problem document; a status may come with words of its own.
 */
export function ApiProblems(
  ...statuses: (number | readonly [status: number, description: string])[]
): MethodDecorator & ClassDecorator {
  const content = { 'application/problem+json': { schema: { $ref: getSchemaPath(ProblemDto) } } };
  const description: Record<number, string> = {
    400: 'The request or its image cannot be read.',
    404: 'There is no such prediction.',
    413: 'A configured limit is exceeded.',
    415: 'Not a multipart upload, or not a JPEG, PNG or DICOM image.',
    422: 'An image, but not one frontal chest radiograph with pixels.',
    503: 'No model is ready, or the queue is full; see Retry-After.',
  };
  return applyDecorators(
    ApiExtraModels(ProblemDto),
    ...statuses.map((entry) => {
      const [status, words] = typeof entry === 'number' ? [entry, description[entry]] : entry;
      return ApiResponse({ status, description: words, content });
    }),
  );
}
