import { EmbeddedPostgres, FolderObjectStore } from '@thorax/platform';
import {
  ArtifactRepository,
  ArtifactStore,
  ExperimentRepository,
  InvalidParameterError,
  LoggedModelRepository,
  ModelSourceReader,
  ModelVersionRepository,
  NewModelVersion,
  RegisteredModelRepository,
  RevisionConflictError,
  RunLogRepository,
  RunRepository,
  TransitionRequest,
} from '@thorax/registry';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { dataSourceOptions, migrate } from './data-source';

jest.setTimeout(120_000);

let clock = 1_000;
const now = () => clock;

describe('the registry on PostgreSQL', () => {
  let home: string;
  let postgres: EmbeddedPostgres;
  let database: DataSource;
  let objects: FolderObjectStore;
  let artifacts: ArtifactStore;
  let experiments: ExperimentRepository;
  let runs: RunRepository;
  let log: RunLogRepository;
  let models: RegisteredModelRepository;
  let versions: ModelVersionRepository;

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'thorax-registry-'));
    postgres = new EmbeddedPostgres(join(home, 'postgres'));
    const url = await postgres.start();
    await migrate(url);
    database = await new DataSource(dataSourceOptions(url)).initialize();
    objects = new FolderObjectStore(join(home, 'objects'));
    artifacts = new ArtifactStore(objects, new ArtifactRepository(database, now), 1_000);
    experiments = new ExperimentRepository(database, now);
    runs = new RunRepository(database, now);
    log = new RunLogRepository(database);
    models = new RegisteredModelRepository(database, now);
    const sources = new ModelSourceReader(database, artifacts, new LoggedModelRepository(database, now));
    versions = new ModelVersionRepository(database, sources, { skips: 'refuse' }, now);
  });
  afterAll(async () => {
    await database?.destroy();
    await postgres?.stop();
    await rm(home, { recursive: true, force: true });
  });

  let serial = 0;
  const unique = (word: string) => `${word} ${(serial += 1)}`;
  const newRun = async () => {
    const experimentId = await experiments.create({ name: unique('experiment') });
    return (await runs.create({ experimentId, userId: 'reader', startTimeMs: 1, tags: [] })).info;
  };
  const metric = (key: string, step: number, value: number) => ({ key, step, value, timestampMs: step });
  async function* bytes(text: string): AsyncIterable<Uint8Array> {
    yield Buffer.from(text);
  }
  const objectCount = async () => {
    let count = 0;
    for await (const _ of objects.list('artifacts/')) count += 1;
    return count;
  };

  describe('runs', () => {
    it('keep every point of many writers at once, and as latest the one of the highest step', async () => {
      const { id } = await newRun();
      const batches = Array.from({ length: 20 }, (_, writer) => ({
        metrics: Array.from({ length: 50 }, (_, index) => metric(`m${(index * 7 + writer) % 10}`, writer * 50 + index, index)),
        params: [],
        tags: [{ key: `tag ${writer % 3}`, value: String(writer) }],
      })); // prettier-ignore
      await Promise.all(batches.map((batch) => log.log(id, batch)));
      const { metrics } = await runs.get(id);
      const histories = await Promise.all(metrics.map(({ key }) => log.history(id, key, 0, 10_000)));
      expect(histories.reduce((sum, { metrics: points }) => sum + points.length, 0)).toBe(1_000);
      metrics.forEach(({ step }, index) =>
        expect(step).toBe(Math.max(...histories[index].metrics.map((point) => point.step))),
      );
    });

    it('take a repeated request as the same', async () => {
      const { id } = await newRun();
      const batch = { metrics: [metric('loss', 1, NaN), metric('loss', 2, Infinity)], params: [{ key: 'lr', value: '1' }], tags: [] }; // prettier-ignore
      await log.log(id, batch);
      await log.log(id, batch);
      const { metrics } = await log.history(id, 'loss', 0, 10);
      expect(metrics.map(({ value }) => value)).toEqual([NaN, Infinity]);
    });

    it('let one of two writers set a param, and tell the other', async () => {
      const { id } = await newRun();
      const write = (value: string) => log.log(id, { metrics: [], params: [{ key: 'lr', value }], tags: [] });
      const outcomes = await Promise.allSettled(['1', '2', '3', '4'].map(write));
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(InvalidParameterError);
      }
    });

    it('come back with their experiment, but not those that were deleted before it', async () => {
      const run = await newRun();
      const early = await runs.create({
        experimentId: run.experimentId,
        userId: '',
        startTimeMs: 1,
        tags: [],
      });
      await runs.delete(early.info.id);
      clock += 1;
      await experiments.delete(run.experimentId);
      await experiments.restore(run.experimentId);
      expect((await runs.get(run.id)).info.lifecycleStage).toBe('active');
      expect((await runs.get(early.info.id)).info.lifecycleStage).toBe('deleted');
    });
  });

  describe('artifacts', () => {
    it('leave no object behind, replaced, refused or broken off', async () => {
      const before = await objectCount();
      await artifacts.write('a/one.txt', bytes('first'));
      await artifacts.write('a/one.txt', bytes('second'));
      await expect(artifacts.write('a/large', bytes('x'.repeat(1_001)))).rejects.toMatchObject({
        code: 'ARTIFACT_TOO_LARGE',
      });
      await expect(artifacts.write('a', bytes('a folder'))).rejects.toBeInstanceOf(InvalidParameterError);
      await expect(artifacts.write('a/one.txt/below', bytes('a file'))).rejects.toBeInstanceOf(
        InvalidParameterError,
      );
      expect(await objectCount()).toBe(before + 1);
      expect(await artifacts.list('a')).toEqual([{ name: 'one.txt', isFolder: false, sizeBytes: 6 }]);
      await artifacts.delete('a');
      expect(await objectCount()).toBe(before);
    });

    it('stand whole when many write the same path at once', async () => {
      const before = await objectCount();
      await Promise.all(
        Array.from({ length: 8 }, (_, i) => artifacts.write('race', bytes(String(i).repeat(900)))),
      );
      const { bytes: read } = await artifacts.open('race');
      const chunks: Buffer[] = [];
      for await (const chunk of read) chunks.push(chunk as Buffer);
      expect(Buffer.concat(chunks).toString()).toMatch(/^(\d)\1{899}$/);
      expect(await objectCount()).toBe(before + 1);
      await artifacts.delete('race');
    });

    it('tell folders from files whose names begin alike', async () => {
      for (const path of ['r/a', 'r/a0', 'r/a!', 'r-2/b', 'r0/c']) await artifacts.write(path, bytes('x'));
      expect((await artifacts.list('r')).map(({ name }) => name)).toEqual(['a', 'a!', 'a0']);
      await artifacts.delete('r');
      expect((await artifacts.list('')).map(({ name }) => name)).toEqual(['r-2', 'r0']);
    });

    it('lose what no path leads to, when it is old enough', async () => {
      const before = await objectCount();
      await objects.put('artifacts/00/lost', new Uint8Array(1));
      expect(await artifacts.removeUnreferenced(new Date(Date.now() - 60_000))).toBe(0);
      expect(await artifacts.removeUnreferenced(new Date(Date.now() + 60_000))).toBe(1);
      expect(await objectCount()).toBe(before);
    });
  });

  describe('model versions', () => {
    const register = async (parts: Partial<NewModelVersion> = {}) => {
      const name = parts.name ?? (await models.create({ name: unique('model') })).name;
      return versions.create({ source: 's3://bucket/model', ...parts, name });
    };
    const move = (parts: Partial<TransitionRequest> & Pick<TransitionRequest, 'name' | 'to'>) =>
      versions.transition({
        version: 1,
        archiveOthers: false,
        actor: 'A. Reader',
        reason: 'It is better.',
        ...parts,
      });

    it('fix what they are made of when they are registered', async () => {
      const { id, artifactUri } = await newRun();
      const folder = `${artifactUri.replace('mlflow-artifacts:/', '')}/model`;
      await artifacts.write(`${folder}/model.onnx`, bytes('onnx'));
      await artifacts.write(`${folder}/model_config.yaml`, bytes('name: detector\n'));
      await log.log(id, {
        metrics: [metric('dice', 1, 0.5)],
        params: [],
        tags: [{ key: 'mlflow.source.git.commit', value: 'c0ffee' }],
      });
      const dataset = { name: 'chests', digest: 'v7', sourceType: 'etl', source: '{}' };
      await log.logInputs(id, [{ dataset, tags: [] }], []);
      const version = await register({
        source: `runs:/${id}/model`,
        contents: { classNames: ['nodule'], thresholds: { nodule: 0.3 } },
      });
      expect(version).toMatchObject({
        version: 1,
        stage: 'None',
        runId: id,
        storageLocation: `${artifactUri}/model`,
        contents: {
          onnx: { sizeBytes: 4, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
          modelConfig: 'name: detector\n',
          metrics: [{ key: 'dice', value: 0.5 }],
          datasets: [{ name: 'chests', digest: 'v7' }],
          codeVersion: 'c0ffee',
          classNames: ['nodule'],
          thresholds: { nodule: 0.3 },
        },
      });
      await log.log(id, { metrics: [metric('dice', 2, 0.9)], params: [], tags: [] });
      expect((await versions.get(version.name, 1)).contents).toEqual(version.contents);
      const child = await register({ source: `models:/${encodeURIComponent(version.name)}/1` });
      expect(child.contents).toMatchObject({
        parent: { name: version.name, version: 1 },
        codeVersion: 'c0ffee',
      });
      for (const change of [
        artifacts.write(`${folder}/model.onnx`, bytes('other')),
        artifacts.delete(`${folder}/model.onnx`),
        artifacts.delete(folder.split('/')[0]),
      ]) {
        await expect(change).rejects.toThrow(/what a version is made of does not change/);
      }
      await artifacts.write(`${folder}/model.onnx`, bytes('onnx'));
    });

    it('cannot be changed, deleted or rewritten past the registry either', async () => {
      const { name } = await register();
      await move({ name, to: 'Staging' });
      for (const statement of [
        `UPDATE registry_model_version SET contents = '{}', source = 's3://other'`,
        'DELETE FROM registry_model_version',
        `UPDATE registry_stage_transition SET actor = 'nobody'`,
        'DELETE FROM registry_stage_transition',
      ]) {
        await expect(database.query(statement)).rejects.toThrow(/does not change|kept as they are/);
      }
    });

    it('count on under many registrations at once, without a gap', async () => {
      const { name } = await models.create({ name: unique('model') });
      const registered = await Promise.all(Array.from({ length: 12 }, () => register({ name })));
      expect(registered.map(({ version }) => version).sort((a, b) => a - b)).toEqual(
        Array.from({ length: 12 }, (_, index) => index + 1),
      );
    });

    it('remember who moved them, when, why and on which evidence', async () => {
      const { name } = await register();
      clock = 5_000;
      await move({ name, to: 'Staging', evidence: { report: 'r-1', dice: 0.9 } });
      await move({ name, to: 'Staging' });
      await move({ name, to: 'Canary', actor: 'B. Chief' });
      expect(await versions.history(name, 1)).toMatchObject([
        { from: 'None', to: 'Staging', move: 'advance', actor: 'A. Reader', reason: 'It is better.', evidence: { report: 'r-1', dice: 0.9 }, atMs: 5_000 },
        { from: 'Staging', to: 'Canary', move: 'advance', actor: 'B. Chief', evidence: {} },
      ]); // prettier-ignore
      await versions.delete(name, 1, 'C. Admin');
      expect((await versions.history(name, 1)).at(-1)).toMatchObject({ to: 'Archived', actor: 'C. Admin' });
    });

    it('skip no stage where that is refused, and roll back to one they were in', async () => {
      const { name } = await register();
      await expect(move({ name, to: 'Production' })).rejects.toMatchObject({
        code: 'ILLEGAL_STAGE_TRANSITION',
      });
      for (const to of ['Staging', 'Canary', 'Production', 'Archived', 'Production'] as const)
        await move({ name, to });
      expect((await versions.history(name, 1)).at(-1)).toMatchObject({ move: 'restore' });
    });

    it('let one of two promotions at once win, and give the other the conflict', async () => {
      const { name } = await models.create({ name: unique('model') });
      for (const version of [1, 2]) {
        await register({ name });
        for (const to of ['Staging', 'Canary'] as const) await move({ name, version, to });
      }
      const promote = (version: number) => move({ name, version, to: 'Production', archiveOthers: true });
      const outcomes = await Promise.allSettled([promote(1), promote(2)]);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const [lost] = outcomes.filter((outcome) => outcome.status === 'rejected');
      expect(lost.reason).toBeInstanceOf(RevisionConflictError);
      expect(await models.latestVersions(name, ['Production'])).toHaveLength(1);
      await promote(lost === outcomes[0] ? 1 : 2);
      expect(await models.latestVersions(name, ['Production', 'Archived'])).toHaveLength(2);
    });

    it('refuse a decision on a revision that stands no more', async () => {
      const { name, revision } = await register();
      await move({ name, to: 'Staging', expectedRevision: revision });
      await expect(move({ name, to: 'Canary', expectedRevision: revision })).rejects.toBeInstanceOf(
        RevisionConflictError,
      );
      expect((await versions.get(name, 1)).stage).toBe('Staging');
    });
  });
});
