import {
  BeforeApplicationShutdown,
  Inject,
  Injectable,
  OnApplicationBootstrap,
  OnApplicationShutdown,
} from '@nestjs/common';
import fastify, { FastifyInstance } from 'fastify';
import { Env } from '../../config/env';
import { logRequests } from '../../logging';
import { closeConnectionsWhenStopping } from '../stopping-connections';
import { OpenInferenceFace } from './open-inference.face';
import { openInference } from './open-inference.plugin';

/** Time a client has to send a whole request. */
const REQUEST_TIMEOUT_MS = 120_000;

/**
 * The protocol on a port of its own, where OPEN_INFERENCE_PORT asks for it, beside the application's. Ends with the
 * application: running requests are answered first.
 */
@Injectable()
export class OpenInferenceListener
  implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown
{
  private server?: FastifyInstance;
  private address?: string;

  constructor(
    @Inject(Env) private readonly env: Env,
    private readonly face: OpenInferenceFace,
  ) {}

  /** Where it listens; `undefined` when it does not. */
  get url(): string | undefined {
    return this.address;
  }

  async onApplicationBootstrap(): Promise<void> {
    const { OPEN_INFERENCE_PORT: port, HOST: host, THORAX_ROLES: roles } = this.env;
    if (port === undefined || !roles.includes('http')) return;
    this.server = fastify({
      forceCloseConnections: 'idle',
      requestTimeout: REQUEST_TIMEOUT_MS,
      routerOptions: { maxParamLength: 200 },
    });
    logRequests(this.server);
    closeConnectionsWhenStopping(this.server);
    await this.server.register(openInference, { prefix: '/v2', face: this.face });
    this.address = await this.server.listen({ port, host });
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.face.stopping = true;
    await this.server?.close();
  }

  /** Runs when the application's own server has answered its last request. */
  async onApplicationShutdown(): Promise<void> {
    await this.face.codec.close();
  }
}
