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

/**
 * The files of a multipart request, in their order, in memory. Nothing is handed out before the whole
 * body has arrived, so a refused request has no half-effects; memory is bounded by `maxTotalBytes`.
 * File names are never looked at: a name may hold a patient's.
 *
 * @throws an error of `upload.errors.ts`
 */
export async function readUpload(request: FastifyRequest, limits: UploadLimits): Promise<Buffer[]> {
  if (!request.isMultipart()) throw new NotMultipartError();
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > limits.maxTotalBytes + multipartOverheadBytes) {
    throw new BodyTooLargeError('a request', limits.maxTotalBytes);
  }
  try {
    return await collect(request, limits);
  } catch (error) {
    if (error instanceof ApplicationError) throw error;
    throw translated(error, limits);
  }
}

async function collect(request: FastifyRequest, limits: UploadLimits): Promise<Buffer[]> {
  const files: Buffer[] = [];
  let total = 0;
  const parts = request.parts({
    limits: {
      files: limits.maxFiles,
      fileSize: limits.maxFileBytes,
      fields: 16,
      fieldSize: 64 * 1024,
      parts: limits.maxFiles + 16,
    },
  });
  for await (const part of parts) {
    if (part.type !== 'file') continue;
    if (part.fieldname !== limits.field) throw new UnexpectedFieldError(limits.field);
    const bytes = await bytesOf(part, limits.maxFileBytes);
    total += bytes.length;
    if (total > limits.maxTotalBytes) throw new BodyTooLargeError('files together', limits.maxTotalBytes);
    files.push(bytes);
  }
  if (files.length === 0) throw new FileMissingError(limits.field);
  return files;
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
