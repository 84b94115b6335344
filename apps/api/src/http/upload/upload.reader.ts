import { MultipartFile } from '@fastify/multipart';
import { ApplicationError } from '@thorax/platform';
import { FastifyRequest } from 'fastify';
import {
  BodyTooLargeError,
  FileMissingError,
  MalformedMultipartError,
  NotMultipartError,
  TooManyFilesError,
  UnexpectedFieldError,
} from './upload.errors';

/** What an upload may hold. */
export interface UploadLimits {
  /** Name of the form field that carries the files. */
  readonly field: string;
  readonly maxFiles: number;
  readonly maxFileBytes: number;
  /** All files together. */
  readonly maxTotalBytes: number;
}

/** Room for part headers and boundaries when Content-Length is compared with the limits. */
const multipartOverheadBytes = 64 * 1024;

/** Form fields that are no files are read past. */
const maxOtherFields = 16;
const maxOtherFieldBytes = 64 * 1024;

/**
 * The files of a multipart request, in their order, in memory. Nothing is handed out before the whole
 * body has arrived, so a refused request has no half-effects; memory is bounded by `maxTotalBytes`.
 *
 * @throws an error of `upload.errors.ts`
 */
export async function readUpload(request: FastifyRequest, limits: UploadLimits): Promise<Buffer[]> {
  const files: Buffer[] = [];
  await forEachFile(request, limits, async (bytes) => void files.push(bytes));
  return files;
}

/**
 * Hands over the files of a multipart request one by one, in their order, as they arrive: the next is read
 * when `take` has settled, so memory is bounded by one file. File names are never looked at: a name may
 * hold a patient's. When it throws, files handed over before have been taken.
 *
 * @throws an error of `upload.errors.ts`, or what `take` throws
 */
export async function forEachFile(
  request: FastifyRequest,
  limits: UploadLimits,
  take: (bytes: Buffer) => Promise<void>,
): Promise<void> {
  if (!request.isMultipart()) throw new NotMultipartError();
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > limits.maxTotalBytes + multipartOverheadBytes) {
    throw new BodyTooLargeError('a request', limits.maxTotalBytes);
  }
  let count = 0;
  let total = 0;
  for await (const bytes of filesOf(request, limits)) {
    count += 1;
    total += bytes.length;
    if (total > limits.maxTotalBytes) throw new BodyTooLargeError('files together', limits.maxTotalBytes);
    await take(bytes);
  }
  if (count === 0) throw new FileMissingError(limits.field);
}

async function* filesOf(request: FastifyRequest, limits: UploadLimits): AsyncIterable<Buffer> {
  try {
    const parts = request.parts({
      limits: {
        files: limits.maxFiles,
        fileSize: limits.maxFileBytes,
        fields: maxOtherFields,
        fieldSize: maxOtherFieldBytes,
        parts: limits.maxFiles + maxOtherFields,
      },
    });
    for await (const part of parts) {
      if (part.type !== 'file') continue;
      if (part.fieldname !== limits.field) throw new UnexpectedFieldError(limits.field);
      yield await bytesOf(part, limits.maxFileBytes);
    }
  } catch (error) {
    if (error instanceof ApplicationError) throw error;
    throw translated(error, limits);
  }
}

async function bytesOf(part: MultipartFile, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of part.file) chunks.push(chunk as Buffer);
  if (part.file.truncated) throw new BodyTooLargeError('a file', maxBytes);
  return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
}

function translated(error: unknown, limits: UploadLimits): ApplicationError {
  const code = (error as { code?: string }).code ?? '';
  if (code === 'FST_FILES_LIMIT' || code === 'FST_PARTS_LIMIT') return new TooManyFilesError(limits.maxFiles);
  if (code === 'FST_REQ_FILE_TOO_LARGE') return new BodyTooLargeError('a file', limits.maxFileBytes);
  if (code === 'FST_INVALID_MULTIPART_CONTENT_TYPE') return new NotMultipartError();
  return new MalformedMultipartError();
}
