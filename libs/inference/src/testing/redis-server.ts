import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { AddressInfo, createServer } from 'node:net';
import { createInterface } from 'node:readline';

/** A Redis of the test's own, on loopback, that keeps nothing on disk. */
export interface RedisServer {
  readonly url: string;
  /** Stops it in its tracks: connections stay, answers do not come until {@link resume}. */
  freeze(): void;
  resume(): void;
  /** Ends it at once. May be called again. */
  stop(): Promise<void>;
}

/** Starts `redis-server`, which must be installed, on `port` or a free one. */
export async function startRedis(port?: number): Promise<RedisServer> {
  const own = port ?? (await freePort());
  const child = spawn('redis-server', ['--port', String(own), '--bind', '127.0.0.1', '--save', ''], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const exited = once(child, 'exit');
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.includes('Ready to accept connections')) resolve();
    });
    exited.then(([code]) => reject(new Error(`redis-server ended with ${code}.`)), reject);
  });
  return {
    url: `redis://127.0.0.1:${own}`,
    freeze: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async stop() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
