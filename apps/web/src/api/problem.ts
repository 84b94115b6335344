/** What went wrong, in words for the reader. Built from an RFC 9457 problem document where there is one. */
export interface Problem {
  title: string;
  detail: string;
  remedy: string;
  /** Single causes, where the document lists several. */
  reasons?: string[];
  status: number;
  code: string;
}

export class ProblemError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.title);
  }
}

/** Nothing came back: no network, or the application is not running. */
export function unreachable(): Problem {
  return {
    title: 'The server does not answer',
    detail: 'The connection to Thorax was refused or broke off. Nothing was stored.',
    remedy: 'Check that Thorax is running and that this computer is on its network, then try again.',
    status: 0,
    code: 'UNREACHABLE',
  };
}

const withoutDocument: Record<number, Omit<Problem, 'status' | 'code'>> = {
  401: {
    title: 'You are not signed in',
    detail: 'The server did not recognise this session.',
    remedy: 'Sign in again, then repeat what you were doing.',
  },
  403: {
    title: 'Not permitted',
    detail: 'Your account may not do this.',
    remedy: 'Ask the administrator of Thorax for the role you need.',
  },
  404: {
    title: 'Reading not found',
    detail: 'There is no reading with this address, or its retention time has passed.',
    remedy: 'Choose another from the recent readings, or read the file again.',
  },
  413: {
    title: 'The file is too large',
    detail: 'The server accepts no file of this size.',
    remedy: 'Export the radiograph with compression, or as a single frame, and drop it again.',
  },
  503: {
    title: 'The server is busy',
    detail: 'The model is loading or the queue is full. The file was not stored.',
    remedy: 'Wait a few seconds and try again.',
  },
};

/** Reads a problem document; an answer without one (a proxy's error page, say) gets plain words by its status. */
export function problemFromBody(status: number, body: unknown): Problem {
  const fallback = withoutDocument[status] ?? {
    title: 'The server could not do this',
    detail: `It answered with status ${status} and no explanation.`,
    remedy: 'Try again. If it happens twice, tell the administrator the time and this status.',
  };
  const given = isRecord(body) ? body : {};
  return {
    title: textOf(given.title) ?? fallback.title,
    detail: textOf(given.detail) ?? fallback.detail,
    remedy: textOf(given.remedy) ?? (textOf(given.title) ? '' : fallback.remedy),
    ...reasonsOf(given.reasons),
    status,
    code: textOf(given.code) ?? `HTTP_${status}`,
  };
}

/** The problem an error carries; anything unexpected becomes one too, so that the reader always sees words. */
export function problemOf(cause: unknown): Problem {
  return cause instanceof ProblemError ? cause.problem : unreachable();
}

/** Whether doing the same again may succeed: the cause was load or the network, not the file. */
export function isWorthRetrying(problem: Problem): boolean {
  return [0, 408, 429, 502, 503, 504].includes(problem.status);
}

function reasonsOf(given: unknown): Pick<Problem, 'reasons'> {
  if (!Array.isArray(given)) return {};
  const reasons = given.flatMap((reason: unknown) =>
    isRecord(reason) ? (textOf(reason.message) ?? []) : [],
  );
  return reasons.length > 0 ? { reasons } : {};
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}
