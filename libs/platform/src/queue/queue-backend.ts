import { createPostgresBackend, setDefaultBackendFactory, QueueOptions } from 'bullmq';

/** Where the queues live: Redis when it is configured, otherwise the application's PostgreSQL. */
export interface QueueBackendOptions {
  /** `redis://…`; leave it out to keep the queues in PostgreSQL. */
  readonly redisUrl?: string;
  readonly databaseUrl: string;
  /** Connections that one queue or worker may hold. */
  readonly maxConnections: number;
}

/**
 * Connection options for every queue and worker of this process. Call it before the first one is
 * made: BullMQ's PostgreSQL backend is chosen process-wide.
 */
export function chooseQueueBackend(options: QueueBackendOptions): Pick<QueueOptions, 'connection'> {
  if (options.redisUrl) return { connection: { url: options.redisUrl } };
  setDefaultBackendFactory(createPostgresBackend);
  const connection = {
    connectionString: options.databaseUrl,
    max: options.maxConnections,
    migrate: true,
  };
  // QueueOptions only knows Redis connections; the PostgreSQL backend reads these fields instead.
  return { connection: connection as unknown as QueueOptions['connection'] };
}
