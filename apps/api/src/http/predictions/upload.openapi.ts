import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiHeader } from '@nestjs/swagger';

const binary = { type: 'string', format: 'binary', description: 'JPEG, PNG or DICOM.' } as const;

/** Documents a multipart upload of one image in `file`. */
export const ApiImageUpload = () =>
  applyDecorators(
    ApiConsumes('multipart/form-data'),
    ApiHeader({
      name: 'Prefer',
      required: false,
      description: '`wait=10`: refuse at once if no answer can be expected within ten seconds (RFC 7240).',
    }),
    ApiBody({ schema: { type: 'object', required: ['file'], properties: { file: binary } } }),
  );

/** Documents a multipart upload of several images in `files`. */
export const ApiImagesUpload = () =>
  applyDecorators(
    ApiConsumes('multipart/form-data'),
    ApiBody({
      schema: {
        type: 'object',
        required: ['files'],
        properties: { files: { type: 'array', items: binary, maxItems: 64 } },
      },
    }),
  );
