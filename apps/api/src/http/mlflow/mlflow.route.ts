import { FastifyReply, FastifyRequest } from 'fastify';
import { MlflowFace } from './mlflow.face';
import { RequestFields } from './request.fields';

/** Answers one request: resolves with the document, `{}` where the API promises nothing. */
export type MlflowHandler = (
  face: MlflowFace,
  fields: RequestFields,
  exchange: { readonly request: FastifyRequest; readonly reply: FastifyReply },
) => Promise<object | void>;

/** One address of the API. */
export interface MlflowRoute {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below `/api/2.0/mlflow`. */
  readonly url: string;
  readonly handler: MlflowHandler;
}

const routeOf =
  (method: MlflowRoute['method']) =>
  (url: string, handler: MlflowHandler): MlflowRoute => ({
    method,
    url,
    handler,
  });

export const GET = routeOf('GET');
export const POST = routeOf('POST');
export const PATCH = routeOf('PATCH');
export const DELETE = routeOf('DELETE');
