import { ArgumentsHost, Catch, ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import { FastifyReply, FastifyRequest } from 'fastify';
import { makeProblem, ProblemAnswer, problemOf } from './problem';

/** The edge: whatever a handler throws leaves as a problem document. Unexpected errors are logged here, once. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger(ProblemFilter.name);

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const reply = http.getResponse<FastifyReply>();
    const { problem, retryAfterSeconds } = this.answerFor(error);
    if (problem.status >= 500 && problem.status !== 503) {
      const { stack, message } = error instanceof Error ? error : new Error(String(error));
      this.logger.error({ message, stack, requestId: String(http.getRequest<FastifyRequest>().id) });
    }
    if (retryAfterSeconds !== undefined) void reply.header('Retry-After', String(retryAfterSeconds));
    void reply
      .status(problem.status)
      .header('Content-Type', 'application/problem+json')
      .send(JSON.stringify(problem));
  }

  private answerFor(error: unknown): ProblemAnswer {
    if (error instanceof HttpException) return { problem: httpProblem(error) };
    const status = (error as { statusCode?: unknown } | null)?.statusCode;
    if (typeof status === 'number' && status >= 400 && status < 500 && error instanceof Error) {
      return { problem: frameworkProblem(status, error.message) };
    }
    return problemOf(error);
  }
}

/** What Nest throws: unknown routes and rejected parameters. */
function httpProblem(error: HttpException) {
  const status = error.getStatus();
  if (status === 404) {
    return makeProblem({
      status,
      code: 'ROUTE_NOT_FOUND',
      detail: 'There is nothing at this address.',
      remedy: 'The routes are described at /docs.',
    });
  }
  const body = error.getResponse() as { message?: string | string[] };
  return frameworkProblem(status, [body.message ?? error.message].flat().join('; '));
}

/** What Fastify refuses before a handler runs: unreadable bodies, unknown media types. */
function frameworkProblem(status: number, detail: string) {
  return makeProblem({
    status,
    code: status === 413 ? 'BODY_TOO_LARGE' : status === 415 ? 'UNSUPPORTED_MEDIA_TYPE' : 'INVALID_REQUEST',
    detail,
    remedy: 'Compare the request with its description at /docs.',
  });
}
