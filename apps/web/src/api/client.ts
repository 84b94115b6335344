import createClient from 'openapi-fetch';
import type { Prediction, PredictionPage } from './prediction';
import { problemFromBody, ProblemError, unreachable } from './problem';
import type { paths } from './schema';

/** Where the page is served, without the last slash: the API is beside it, also behind a path prefix. */
export const applicationBase = new URL('.', document.baseURI).pathname.replace(/\/$/, '');

const client = createClient<paths>({ baseUrl: applicationBase });

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

async function answered<T>(call: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await call;
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new ProblemError(unreachable());
  }
  if (answer.data === undefined)
    throw new ProblemError(problemFromBody(answer.response.status, answer.error));
  return answer.data;
}

export function fetchPrediction(id: string, signal?: AbortSignal): Promise<Prediction> {
  return answered(client.GET('/api/v1/predictions/{id}', { params: { path: { id } }, signal }));
}

export interface ReadingsQuery {
  page: number;
  pageSize: number;
  flaggedOnly: boolean;
}

export function fetchReadings(query: ReadingsQuery, signal?: AbortSignal): Promise<PredictionPage> {
  const { page, pageSize, flaggedOnly } = query;
  const filter = flaggedOnly ? { flagged: true } : {};
  return answered(
    client.GET('/api/v1/predictions', {
      params: { query: { page, page_size: pageSize, ...filter } },
      signal,
    }),
  );
}

export function putReviewFlag(id: string, flagged: boolean, comment?: string): Promise<Prediction> {
  return answered(
    client.PUT('/api/v1/predictions/{id}/review-flag', {
      params: { path: { id } },
      body: comment ? { flagged, comment } : { flagged },
    }),
  );
}

export function radiographUrl(id: string): string {
  return `${applicationBase}/api/v1/predictions/${encodeURIComponent(id)}/image`;
}
