import './v8-flags';
import 'reflect-metadata';
import { EmbeddedPostgres } from '@thorax/platform';
import { join } from 'node:path';
import { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApplication } from './application';
import { Env } from './config/env';
import { readEnv } from './config/env.reader';
import { migrate } from './database/data-source';
import { GrpcListener } from './http/open-inference/grpc/grpc.listener';
import { OpenInferenceListener } from './http/open-inference/open-inference.listener';

/** Extra time, beyond the grace for running requests, to close connections and stop the database. */
const closingMs = 5_000;

async function main(): Promise<void> {
  const started = Date.now();
  const env = readEnv(process.env);
  const postgres = env.DATABASE_URL ? undefined : new EmbeddedPostgres(join(env.home, 'postgres'));
  let app: NestFastifyApplication | undefined;
  stopOnRequest(env, async () => {
    await app?.close();
    await postgres?.stop();
  });
  try {
    const databaseUrl = env.DATABASE_URL ?? (await postgres!.start());
    await migrate(databaseUrl);
    app = await createApplication(env, databaseUrl);
    await app.listen(env.PORT, env.HOST);
  } catch (error) {
    await app?.close();
    await postgres?.stop();
    throw portInUse(error, env) ?? error;
  }
  const url = (await app.getUrl()).replace('[::1]', '127.0.0.1');
  const tensors = { http: app.get(OpenInferenceListener).url ?? url, grpc: app.get(GrpcListener).url };
  welcome(url, tensors, env, Date.now() - started);
}

/** Says it in words, with what to do, where the port is another program's. */
function portInUse(error: unknown, { HOST, PORT }: Env): Error | undefined {
  if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') return undefined;
  return new Error(
    `Port ${PORT} of ${HOST} is in use by another program: stop it, or set PORT to another one.`,
  );
}

/** Ctrl-C, a polite kill, or the end of the parent that started us: finish what runs, then leave. */
function stopOnRequest(env: Env, stop: () => Promise<void>): void {
  let stopping = false;
  const leave = () => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), env.SHUTDOWN_GRACE_MS + closingMs).unref();
    stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, leave);
  process.once('disconnect', leave);
}

function welcome(url: string, tensors: { http: string; grpc?: string }, env: Env, startMs: number): void {
  process.stdout.write(
    [
      '',
      `  Thorax is ready (${(startMs / 1000).toFixed(1)} s)`,
      '',
      `  Reading page   ${url}/`,
      `  API            ${url}/docs`,
      `  Health         ${url}/health/ready`,
      `  Tensors        ${tensors.http}/v2`,
      ...(tensors.grpc ? [`                 ${tensors.grpc}`] : []),
      `  State          ${env.home}`,
      '',
      '  Demonstration only: not a medical device. The radiologist decides.',
      '',
      '',
    ].join('\n'),
  );
}

main().catch((error: Error) => {
  process.stderr.write(`thorax: ${error.message}\n`);
  process.exit(1);
});
