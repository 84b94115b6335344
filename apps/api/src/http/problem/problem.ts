import { ApplicationError } from '@thorax/platform';
import { isDatabaseOutOfReach } from './database-trouble';

/**
 * An RFC 9457 problem document as every HTTP face of Thorax answers it (media type
 * `application/problem+json`). `code` is the stable part that clients switch on.
 */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly remedy: string;
  /** Single reasons, where there are several. */
  readonly reasons?: { code: string; message: string }[];
}

/** A problem with what HTTP wants beside it. */
export interface ProblemAnswer {
  readonly problem: Problem;
  readonly retryAfterSeconds?: number;
}

/**
 * Errors that libraries throw on purpose. Domain libraries and the kernel have base classes of their
 * own, so this is a shape and no class.
 */
interface CodedError extends Error {
  readonly code: string;
  readonly remedy: string;
  /** The message without its code, where the message begins with that. */
  readonly detail?: string;
  readonly kind?: string;
  readonly retryAfterSeconds?: number;
  readonly details?: { readonly reasons?: Problem['reasons'] };
}

/** Status by code, where the kind alone does not tell. */
const statusByCode: Readonly<Record<string, number>> = {
  IMAGE_TOO_LARGE: 413,
  UNSUPPORTED_IMAGE_FORMAT: 415,
  UNSUPPORTED_TRANSFER_SYNTAX: 415,
  EMPTY_IMAGE: 400,
  CORRUPT_IMAGE: 400,
  NO_PIXEL_DATA: 422,
  SEVERAL_FRAMES: 422,
  UNSUPPORTED_PIXEL_FORMAT: 415,
  NOT_A_FRONTAL_CHEST_RADIOGRAPH: 422,
};

const statusByKind: Readonly<Record<string, number>> = {
  invalid: 400,
  'not-found': 404,
  conflict: 409,
  'too-large': 413,
  unsupported: 415,
  unprocessable: 422,
  refused: 422,
  overloaded: 503,
  unavailable: 503,
  timeout: 503,
  misconfigured: 503,
  failed: 500,
};

/** A database that restarts takes a few seconds. */
const databaseRetryAfterSeconds = 5;

/** Waiting time offered where an error knows none of its own. */
const defaultRetryAfterSeconds = 1;

/** Translates anything that was thrown; what was not thrown on purpose is answered without its message. */
export function problemOf(error: unknown): ProblemAnswer {
  if (isCoded(error)) return codedProblem(error);
  if (isDatabaseOutOfReach(error)) {
    return {
      problem: makeProblem({
        status: 503,
        code: 'DATABASE_UNAVAILABLE',
        detail: 'The database cannot be reached, so nothing can be kept or looked up.',
        remedy: 'Try again in a moment; /health/ready tells when it is back.',
      }),
      retryAfterSeconds: databaseRetryAfterSeconds,
    };
  }
  return {
    problem: makeProblem({
      status: 500,
      code: 'INTERNAL_ERROR',
      detail: 'The request failed for a reason that is ours, not yours.',
      remedy:
        'Try again; if it persists, give the request id of the response to whoever runs this installation.',
    }),
  };
}

/** Completes a problem: its type and title follow from its code. */
export function makeProblem(parts: Omit<Problem, 'type' | 'title'>): Problem {
  const words = parts.code.toLowerCase().split('_');
  const title = words.join(' ');
  return {
    type: `urn:thorax:problem:${words.join('-')}`,
    title: title[0].toUpperCase() + title.slice(1),
    ...parts,
  };
}

function codedProblem(error: CodedError): ProblemAnswer {
  const status = statusByCode[error.code] ?? statusByKind[error.kind ?? 'invalid'] ?? 500;
  const problem = makeProblem({
    status,
    code: error.code,
    detail: error.detail ?? error.message,
    remedy: error.remedy,
    ...(error.details?.reasons && { reasons: error.details.reasons }),
  });
  if (status !== 503) return { problem };
  return { problem, retryAfterSeconds: error.retryAfterSeconds ?? defaultRetryAfterSeconds };
}

function isCoded(error: unknown): error is CodedError {
  if (error instanceof ApplicationError) return true;
  const { code, remedy } = (error ?? {}) as Partial<CodedError>;
  return error instanceof Error && typeof code === 'string' && typeof remedy === 'string';
}
