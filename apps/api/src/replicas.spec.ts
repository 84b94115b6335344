import { ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { modelFolder, ModelFolder } from '@thorax/inference/testing';
import { EmbeddedPostgres } from '@thorax/platform';
import { pngFile } from '@thorax/radiograph/testing';
import { PredictionDto } from './http/predictions/prediction.dto';
import { call, form, post } from './testing/http.client';
import { RunningApplication, startApplication } from './testing/start-application';

jest.setTimeout(120_000);

const redisInstalled = spawnSync('redis-server', ['--version']).status === 0;

const cases = [
  ['PostgreSQL', describe],
  ['Redis', redisInstalled ? describe : describe.skip],
] as const;

cases.forEach(([queues, suite]) =>
  suite(`two replicas on one database, queues in ${queues} (Redis needs redis-server)`, () => {
    let home: string;
    let postgres: EmbeddedPostgres;
    let redis: ChildProcess | undefined;
    let model: ModelFolder;
    let replicas: RunningApplication[] = [];

    beforeAll(async () => {
      home = await mkdtemp(join(tmpdir(), 'thorax-replicas-'));
      model = await modelFolder();
      postgres = new EmbeddedPostgres(join(home, 'postgres'));
      const env: Record<string, string> = {
        DATABASE_URL: await postgres.start(),
        MODEL_PATH: model.modelPath,
        THORAX_HOME: home,
        MAX_WORKERS: '1',
      };
      if (queues === 'Redis') {
        const port = await freePort();
        redis = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', ''], {
          stdio: 'ignore',
        });
        env.REDIS_URL = `redis://127.0.0.1:${port}`;
      }
      replicas = await Promise.all([startApplication(env), startApplication(env)]);
    });
    afterAll(async () => {
      await Promise.all(replicas.map((replica) => replica.stop({ keepHome: true })));
      redis?.kill();
      if (redis?.exitCode === null) await once(redis, 'exit');
      await postgres?.stop();
      await model?.remove();
      await rm(home, { recursive: true, force: true });
    });

    it('are both ready', async () => {
      for (const { url } of replicas) expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    });

    it('show what the other predicted', async () => {
      const [first, second] = replicas;
      const { body } = await post<PredictionDto>(`${first.url}/predict`, form('file', await pngFile()));
      const there = await call<PredictionDto>(`${second.url}/api/v1/predictions/${body.id}`);
      expect(there.body.image).toEqual(body.image);
      expect((await fetch(`${second.url}/api/v1/predictions/${body.id}/image`)).status).toBe(200);
    });

    it('record the same image once, whoever gets it', async () => {
      const image = await pngFile({ width: 99 });
      const answers = await Promise.all(
        replicas.flatMap(({ url }) =>
          [1, 2, 3].map(() => post<PredictionDto>(`${url}/predict`, form('file', image))),
        ),
      );
      expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(200));
      expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    });
  }),
);

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
