import { ServerCredentials } from '@grpc/grpc-js';
import { BeforeApplicationShutdown, Inject, Injectable, OnApplicationBootstrap } from '@nestjs/common';
import { promisify } from 'node:util';
import { Env } from '../../../config/env';
import { OpenInferenceFace } from '../open-inference.face';
import { GrpcServer } from './grpc.server';

/**
 * The protocol over gRPC, where OPEN_INFERENCE_GRPC_PORT asks for it. Ends with the application: running calls are
 * answered first.
 */
@Injectable()
export class GrpcListener implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private grpc?: GrpcServer;
  private address?: string;

  constructor(
    @Inject(Env) private readonly env: Env,
    private readonly face: OpenInferenceFace,
  ) {}

  /** Where it listens, `grpc://host:port`; `undefined` when it does not. */
  get url(): string | undefined {
    return this.address;
  }

  async onApplicationBootstrap(): Promise<void> {
    const { OPEN_INFERENCE_GRPC_PORT: port, HOST, THORAX_ROLES: roles } = this.env;
    if (port === undefined || !roles.includes('http')) return;
    const host = HOST.includes(':') ? `[${HOST}]` : HOST;
    this.grpc = new GrpcServer(this.face);
    const { server } = this.grpc;
    try {
      const bound = await promisify(server.bindAsync.bind(server))(
        `${host}:${port}`,
        ServerCredentials.createInsecure(),
      );
      this.address = `grpc://${host}:${bound}`;
    } catch (error) {
      throw new Error(
        `OPEN_INFERENCE_GRPC_PORT: cannot listen on port ${port} of ${HOST} (${(error as Error).message}). ` +
          'Stop the program that has it, or choose another port.',
        { cause: error },
      );
    }
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.face.stopping = true;
    await this.grpc?.close(this.env.SHUTDOWN_GRACE_MS);
  }
}
