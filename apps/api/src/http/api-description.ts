import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, NestFastifyApplication } from '@nestjs/platform-fastify';
import { ApplicationModule } from '../application.module';
import { readEnv } from '../config/env.reader';
import { describeApi } from './openapi';

/** Never connected to: a preview of the application starts nothing. */
const noDatabase = 'postgresql://localhost/none';

/** The API description as the text of `openapi.json`; it follows from the controllers alone. */
export async function renderApiDescription(): Promise<string> {
  const app = await NestFactory.create<NestFastifyApplication>(
    ApplicationModule.for(readEnv({}), noDatabase),
    new FastifyAdapter(),
    { preview: true, logger: false, abortOnError: false },
  );
  return `${JSON.stringify(describeApi(app), null, 2)}\n`;
}
