import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { Client } from 'pg';
import { EmbeddedPostgres } from './embedded-postgres';

jest.setTimeout(60_000);

describe('EmbeddedPostgres', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'thorax-pg-spec-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('keeps its data from one start to the next', async () => {
    const first = new EmbeddedPostgres(folder);
    await query(await first.start(), 'CREATE TABLE film AS SELECT 42 AS number');
    await first.stop();

    const second = new EmbeddedPostgres(folder);
    const rows = await query(await second.start(), 'SELECT number FROM film');
    await second.stop();
    expect(rows).toEqual([{ number: 42 }]);
  });

  it('does not let in whoever lacks the password', async () => {
    const postgres = new EmbeddedPostgres(folder);
    const url = new URL(await postgres.start());
    url.password = 'guess';
    await expect(query(url.href, 'SELECT 1')).rejects.toThrow(/password authentication failed/);
    await postgres.stop();
  });

  it('refuses a second server on the same folder, and says so', async () => {
    const first = new EmbeddedPostgres(folder);
    await first.start();
    await expect(new EmbeddedPostgres(folder, 500).start()).rejects.toThrow(/Another Thorax is running/);
    await first.stop();
  });

  it('ends with a parent that was killed, and the next start waits for it', async () => {
    const parent = spawn(process.execPath, ['-e', program(folder)], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(parent.stdout, 'data');
    parent.kill('SIGKILL');
    await once(parent, 'exit');

    const heir = new EmbeddedPostgres(folder);
    expect(await query(await heir.start(), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await heir.stop();
  });
});

async function query(connectionString: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

const program = (folder: string) => `
  const { EmbeddedPostgres } = require(${JSON.stringify(join(__dirname, '../../dist/index.js'))});
  new EmbeddedPostgres(${JSON.stringify(folder)}).start().then(() => console.log('started'));
`;
