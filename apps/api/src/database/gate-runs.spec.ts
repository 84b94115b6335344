import { EmbeddedPostgres, FolderObjectStore } from '@thorax/platform';
import {
  ArtifactRepository,
  ArtifactStore,
  GateRunRepository,
  Judge,
  judge,
  LoggedModelRepository,
  ModelSourceReader,
  ModelVersionRepository,
  PromotionGate,
  readGatePolicy,
  RegisteredModelRepository,
  Stage,
} from '@thorax/registry';
import { evidenceDocument, SyntheticEvaluation } from '@thorax/registry/testing';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { dataSourceOptions, migrate } from './data-source';

jest.setTimeout(120_000);

const now = () => 1_000;
const policy = readGatePolicy(
  readFileSync(join(__dirname, '../../../../libs/registry/policies/default-gate.yaml'), 'utf8'),
);
const quick = { ...policy, bootstrap: { ...policy.bootstrap, resamples: 100 } };
/** In this thread; the thread of its own is tried with the running application. */
const judgeHere: Judge = async (task) =>
  judge(task.policy, task.candidate, task.incumbent, { random: seeded(), host: task.host });
const seeded = () => {
  let state = 1;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
};

describe('gate runs on PostgreSQL', () => {
  let home: string;
  let postgres: EmbeddedPostgres;
  let database: DataSource;
  let models: RegisteredModelRepository;
  let versions: ModelVersionRepository;
  let runs: GateRunRepository;
  let gate: PromotionGate;

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'thorax-gates-'));
    postgres = new EmbeddedPostgres(join(home, 'postgres'));
    const url = await postgres.start();
    await migrate(url);
    database = await new DataSource(dataSourceOptions(url)).initialize();
    const objects = new FolderObjectStore(join(home, 'objects'));
    const artifacts = new ArtifactStore(objects, new ArtifactRepository(database, now), 1_000);
    const sources = new ModelSourceReader(database, artifacts, new LoggedModelRepository(database, now));
    models = new RegisteredModelRepository(database, now);
    versions = new ModelVersionRepository(database, sources, { skips: 'refuse', gates: 'require' }, now);
    runs = new GateRunRepository(database);
    gate = new PromotionGate({
      ...{ policy: quick, versions, runs, judge: judgeHere, host: 'this host', now },
    });
  });
  afterAll(async () => {
    await database?.destroy();
    await postgres?.stop();
    await rm(home, { recursive: true, force: true });
  });

  let serial = 0;
  /** A model with so many versions, all in Staging. */
  const model = async (count = 1) => {
    const { name } = await models.create({ name: `model ${(serial += 1)}` });
    for (let version = 1; version <= count; version++) {
      await versions.create({ name, source: 's3://bucket/model' });
      await move(name, version, 'Staging');
    }
    return name;
  };
  const move = (name: string, version: number, to: Stage) =>
    versions.transition({ name, version, to, archiveOthers: false, actor: 'A. Trainer', reason: 'Better.' });
  const documentOf = (name: string, version: number, evaluation: Partial<SyntheticEvaluation> = {}) =>
    evidenceDocument({ images: 900, ...evaluation }, { model: { name, version } });
  const evaluate = (name: string, version: number, document: unknown, idempotencyKey: string | null = null) =>
    gate.evaluate({ name, version, document, idempotencyKey, actor: 'A. Trainer' });
  const says = (actor: string, verdict: 'approve' | 'reject' = 'approve') => ({
    actor,
    verdict,
    reason: 'I looked at the misses.',
  });

  it('open the way to Canary and Production, and stand in the history', async () => {
    const name = await model();
    await expect(move(name, 1, 'Canary')).rejects.toMatchObject({ code: 'GATE_NOT_PASSED' });
    const run = await evaluate(name, 1, { candidate: documentOf(name, 1) });
    expect(run).toMatchObject({ standing: 'passed', incumbent: null, policyText: policy.text });
    await move(name, 1, 'Canary');
    await move(name, 1, 'Production');
    expect((await versions.history(name, 1)).at(-1)).toMatchObject({
      to: 'Production',
      evidence: { gate: { run: run.id, standing: 'passed', incumbent: null } },
    });
  });

  it('compare with the version in Production and no other, and count no longer when that changed', async () => {
    const name = await model(3);
    await evaluate(name, 1, { candidate: documentOf(name, 1) });
    const early = await evaluate(name, 2, { candidate: documentOf(name, 2) });
    for (const to of ['Canary', 'Production'] as const) await move(name, 1, to);
    expect(early.standing).toBe('passed');
    await expect(move(name, 2, 'Canary')).rejects.toThrow(/version 1 is in Production now/);
    await expect(evaluate(name, 2, { candidate: documentOf(name, 2) })).rejects.toThrow(
      /no evidence of it as the incumbent/,
    );
    await expect(
      evaluate(name, 2, { candidate: documentOf(name, 2), incumbent: documentOf(name, 3) }),
    ).rejects.toMatchObject({ code: 'EVIDENCE_MISMATCH' });
    await evaluate(name, 2, { candidate: documentOf(name, 2), incumbent: documentOf(name, 1) });
    expect((await move(name, 2, 'Canary')).stage).toBe('Canary');
  });

  it('stop a version that the newest run failed, but no roll-back', async () => {
    const name = await model();
    await evaluate(name, 1, { candidate: documentOf(name, 1) });
    for (const to of ['Canary', 'Production', 'Archived'] as const) await move(name, 1, to);
    const failed = await evaluate(name, 1, { candidate: documentOf(name, 1, { sensitivity: 0.3 }) });
    expect(failed.standing).toBe('failed');
    expect((await move(name, 1, 'Production')).stage).toBe('Production');
    await move(name, 1, 'Staging');
    await expect(move(name, 1, 'Canary')).rejects.toThrow(/stands as failed/);
  });

  it('are kept once for one key, however many ask at once, and not for other evidence', async () => {
    const name = await model();
    const request = { candidate: documentOf(name, 1) };
    const kept = await Promise.all(Array.from({ length: 4 }, () => evaluate(name, 1, request, 'key')));
    expect(new Set(kept.map(({ id }) => id)).size).toBe(1);
    const other = { candidate: documentOf(name, 1, { sensitivity: 0.8 }) };
    await expect(evaluate(name, 1, other, 'key')).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
  });

  it('hear one of two approvals at once where one is enough, and the same person once', async () => {
    const name = await model();
    const { id, standing } = await evaluate(name, 1, { candidate: documentOf(name, 1, { rarity: 60 }) });
    expect(standing).toBe('awaiting-approval');
    await expect(move(name, 1, 'Canary')).rejects.toThrow(/awaiting-approval/);
    await expect(gate.approve(name, 1, id, says('a. trainer'))).rejects.toMatchObject({
      code: 'APPROVAL_REFUSED',
    });
    const outcomes = await Promise.allSettled([
      gate.approve(name, 1, id, says('B. Chief')),
      gate.approve(name, 1, id, says('C. Chief', 'reject')),
      gate.approve(name, 1, id, says('b. chief')),
    ]);
    const heard = outcomes.filter(({ status }) => status === 'fulfilled');
    expect(heard).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'APPROVAL_REFUSED' });
    }
    expect((await gate.get(name, 1, id)).approvals).toHaveLength(1);
  });

  it('cannot be changed or deleted past the registry either', async () => {
    const name = await model();
    const { id } = await evaluate(name, 1, { candidate: documentOf(name, 1, { rarity: 60 }) });
    await gate.approve(name, 1, id, says('B. Chief'));
    for (const statement of [
      `UPDATE registry_gate_run SET decision = 'pass'`,
      'DELETE FROM registry_gate_run',
      `UPDATE registry_gate_approval SET actor = 'nobody'`,
      'DELETE FROM registry_gate_approval',
    ]) {
      await expect(database.query(statement)).rejects.toThrow(/kept as they are/);
    }
  });

  it('hold nothing up where they are only recorded', async () => {
    const recording = new ModelVersionRepository(database, undefined as never, { skips: 'allow' }, now);
    const name = await model();
    const request = { version: 1, archiveOthers: false, actor: 'A. Trainer', reason: 'Better.' };
    expect((await recording.transition({ ...request, name, to: 'Production' })).stage).toBe('Production');
    expect((await versions.history(name, 1)).at(-1)!.evidence).toEqual({});
  });
});
