import { MultipartFile } from '@fastify/multipart';
import { ApplicationError } from '@thorax/platform';
import { FastifyRequest } from 'fastify';
import { finished } from 'node:stream/promises';
import {
  BodyTooLargeError,
  FileMissingError,
  MalformedMultipartError,
  NotMultipartError,
  TooManyFilesError,
  UnexpectedFieldError,
} from './upload.errors';
import { UploadMemory } from './upload.memory';
import { FileReception, UploadedFile } from './uploaded-file';

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

/** Of all requests: memory that one of them is done with serves the next. */
const memory = new UploadMemory();

/**
 * The files of a multipart request, in their order, in memory. Nothing is handed out before the whole
 * body has arrived, so a refused request has no half-effects; memory is bounded by `maxTotalBytes`.
 *
 * @throws an error of `upload.errors.ts`
 */
export async function readUpload(request: FastifyRequest, limits: UploadLimits): Promise<UploadedFile[]> {
  const files: UploadedFile[] = [];
  try {
    await forEachFile(request, limits, async (file) => void files.push(file));
    return files;
  } catch (error) {
    for (const file of files) file.release();
    throw error;
  }
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
  take: (file: UploadedFile) => Promise<void>,
): Promise<void> {
  if (!request.isMultipart()) throw new NotMultipartError();
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > limits.maxTotalBytes + multipartOverheadBytes) {
    throw new BodyTooLargeError('a request', limits.maxTotalBytes);
  }
  let count = 0;
  let total = 0;
  for await (const file of filesOf(request, limits, announced || limits.maxFileBytes)) {
    count += 1;
    total += file.bytes.length;
    if (total > limits.maxTotalBytes) throw new BodyTooLargeError('files together', limits.maxTotalBytes);
    await take(file);
  }
  if (count === 0) throw new FileMissingError(limits.field);
}

async function* filesOf(
  request: FastifyRequest,
  limits: UploadLimits,
  bodyBytes: number,
): AsyncIterable<UploadedFile> {
  const expectedBytes = Math.min(bodyBytes, limits.maxFileBytes);
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
      yield await received(part, expectedBytes, limits.maxFileBytes);
    }
  } catch (error) {
    if (error instanceof ApplicationError) throw error;
    throw translated(error, limits);
  }
}

async function received(
  { file }: MultipartFile,
  expectedBytes: number,
  maxBytes: number,
): Promise<UploadedFile> {
  const reception = new FileReception(memory, expectedBytes);
  try {
    file.on('data', (piece: Uint8Array) => reception.write(piece));
    await finished(file);
    if (file.truncated) throw new BodyTooLargeError('a file', maxBytes);
    return reception.finish();
  } catch (error) {
    file.removeAllListeners('data');
    reception.cancel();
    throw error;
  }
}

function translated(error: unknown, limits: UploadLimits): ApplicationError {
  const code = (error as { code?: string }).code ?? '';
  if (code === 'FST_FILES_LIMIT' || code === 'FST_PARTS_LIMIT') return new TooManyFilesError(limits.maxFiles);
  if (code === 'FST_REQ_FILE_TOO_LARGE') return new BodyTooLargeError('a file', limits.maxFileBytes);
  if (code === 'FST_INVALID_MULTIPART_CONTENT_TYPE') return new NotMultipartError();
  return new MalformedMultipartError();
}
