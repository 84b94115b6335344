import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { modelFolder, ModelFolder } from '@thorax/inference/testing';
import { EmbeddedPostgres } from '@thorax/platform';
import { pngFile } from '@thorax/radiograph/testing';
import { PredictionDto } from './http/predictions/prediction.dto';
import { Problem } from './http/problem/problem';
import { call, form, post } from './testing/http.client';
import { RunningApplication, startApplication } from './testing/start-application';

jest.setTimeout(120_000);

interface Readiness {
  details: Record<'database' | 'queue' | 'model', { status: string }>;
}

describe('a database that goes away', () => {
  let home: string;
  let model: ModelFolder;
  let postgres: EmbeddedPostgres;
  let app: RunningApplication;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'thorax-outage-'));
    model = await modelFolder();
    postgres = new EmbeddedPostgres(join(home, 'postgres'));
    const DATABASE_URL = await postgres.start();
    app = await startApplication({
      DATABASE_URL,
      MODEL_PATH: model.modelPath,
      THORAX_HOME: join(home, 'app'),
    });
  });
  afterAll(async () => {
    await app?.stop({ keepHome: true });
    await postgres?.stop();
    await model?.remove();
    await rm(home, { recursive: true, force: true });
  });

  const readiness = () => call<Readiness>(`${app.url}/health/ready`);

  it('is told by readiness, fails requests without taking the process along, and is used again when it is back', async () => {
    const before = await post<PredictionDto>(`${app.url}/predict`, form('file', await pngFile()));
    await postgres.stop();

    const away = await readiness();
    expect(away.status).toBe(503);
    expect(away.body.details).toMatchObject({
      database: { status: 'down' },
      queue: { status: 'down' },
      model: { status: 'up' },
    });
    const failed = await post<Problem>(`${app.url}/predict`, form('file', await pngFile({ width: 70 })));
    expect(failed.status).toBe(503);
    expect(failed.body.code).toBe('DATABASE_UNAVAILABLE');

    await postgres.start();
    while ((await readiness()).status !== 200);
    const after = await call<PredictionDto>(`${app.url}/api/v1/predictions/${before.body.id}`);
    expect(after.body.id).toBe(before.body.id);
    const again = await post<PredictionDto>(`${app.url}/predict`, form('file', await pngFile({ width: 70 })));
    expect(again.status).toBe(200);
  });

  it('is logged in lines of JSON, without passwords or whole connections', () => {
    const lines = app.output.filter(
      (line) => line.trim() && !/^\s*(Thorax|Reading|API|Health|Tensors|State|Demonstration)/.test(line),
    );
    expect(lines.every((line) => line.startsWith('{'))).toBe(true);
    expect(lines.join('\n')).not.toMatch(/password|saslSession/);
  });
});
