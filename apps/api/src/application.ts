import helmet from '@fastify/helmet';
import multipart from '@fastify/multipart';
import serveStatic from '@fastify/static';
import { ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, NestFastifyApplication } from '@nestjs/platform-fastify';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Logger } from 'nestjs-pino';
import { ApplicationModule, WORKSPACE_ROOT } from './application.module';
import { Env } from './config/env';
import { MlflowFace } from './http/mlflow/mlflow.face';
import { mlflow } from './http/mlflow/mlflow.plugin';
import { OpenInferenceFace } from './http/open-inference/open-inference.face';
import { openInference } from './http/open-inference/open-inference.plugin';
import { ProblemFilter } from './http/problem/problem.filter';
import { serveApiDescription } from './http/openapi';
import { closeConnectionsWhenStopping } from './http/stopping-connections';
import { allowEvidenceBodies } from './http/registry/evidence.body-limit';
import { logRequests } from './logging';

const readingPage = join(WORKSPACE_ROOT, 'apps/web/dist');
const jsonBodyLimitBytes = 1024 * 1024;

/** The application, wired but not yet listening. The database must be migrated. */
export async function createApplication(env: Env, databaseUrl: string): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: jsonBodyLimitBytes,
    forceCloseConnections: 'idle',
    trustProxy: false,
    routerOptions: { maxParamLength: 200 },
  });
  const app = await NestFactory.create<NestFastifyApplication>(
    ApplicationModule.for(env, databaseUrl),
    adapter,
    {
      // While it wires itself together Nest reports every module and route; only what goes wrong is of use.
      logger: ['error', 'warn', 'fatal'],
      abortOnError: false,
    },
  );
  app.useGlobalFilters(new ProblemFilter());
  app.useGlobalPipes(new ValidationPipe({ transform: true, whitelist: true, forbidNonWhitelisted: true }));
  logRequests(adapter.getInstance());
  allowEvidenceBodies(adapter.getInstance());
  closeConnectionsWhenStopping(adapter.getInstance());
  const http = env.THORAX_ROLES.includes('http');
  if (http) {
    const face = app.get(OpenInferenceFace);
    await adapter.getInstance().register(openInference, { prefix: '/v2', face });
    const mlflowFace = app.get(MlflowFace);
    for (const prefix of ['/api/2.0', '/ajax-api/2.0']) {
      await adapter.getInstance().register(mlflow, { prefix, face: mlflowFace });
    }
  }
  await app.register(helmet, {
    contentSecurityPolicy: contentSecurityPolicy(),
    strictTransportSecurity: false,
  });
  await app.register(multipart, { throwFileSizeLimit: false });
  serveApiDescription(app);
  if (http && existsSync(readingPage)) {
    await app.register(serveStatic, {
      root: readingPage,
      prefix: '/',
      decorateReply: false,
      wildcard: false,
    });
  }
  try {
    await app.init();
  } catch (error) {
    // What has started already must not outlive the database that it uses.
    await app.close();
    throw error;
  }
  app.useLogger(app.get(Logger));
  return app;
}

/** The reading page loads nothing from elsewhere; Swagger UI sets inline styles. */
function contentSecurityPolicy() {
  return {
    useDefaults: false,
    directives: {
      defaultSrc: ["'self'"],
      imgSrc: ["'self'", 'data:', 'blob:'],
      styleSrc: ["'self'", "'unsafe-inline'"],
      objectSrc: ["'none'"],
      baseUri: ["'none'"],
      frameAncestors: ["'self'"],
    },
  };
}
