import { EmbeddedPostgres, FolderObjectStore } from '@thorax/platform';
import {
  analyse,
  ArmSummary,
  ArtifactRepository,
  ArtifactStore,
  IllegalRolloutTransitionError,
  IntervalObservations,
  InvalidParameterError,
  LoggedModelRepository,
  ModelSourceReader,
  ModelVersionRepository,
  NewRollout,
  NOTHING_SEEN,
  RegisteredModelRepository,
  ResourceExistsError,
  ResourceNotFoundError,
  RevisionConflictError,
  Rollout,
  RolloutEvent,
  RolloutEventKind,
  RolloutRepository,
} from '@thorax/registry';
import { rolloutPlan } from '@thorax/registry/testing';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { dataSourceOptions, migrate } from './data-source';
import { Rollouts1764000900000 } from './migrations/1764000900000-rollouts';

jest.setTimeout(120_000);

let clock = 1_000;
const now = () => clock;

describe('rollouts on PostgreSQL', () => {
  let home: string;
  let postgres: EmbeddedPostgres;
  let database: DataSource;
  let models: RegisteredModelRepository;
  let versions: ModelVersionRepository;
  let rollouts: RolloutRepository;

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'thorax-rollouts-'));
    postgres = new EmbeddedPostgres(join(home, 'postgres'));
    const url = await postgres.start();
    await migrate(url);
    database = await new DataSource(dataSourceOptions(url)).initialize();
    models = new RegisteredModelRepository(database, now);
    const objects = new FolderObjectStore(join(home, 'objects'));
    const artifacts = new ArtifactStore(objects, new ArtifactRepository(database, now), 1_000);
    const sources = new ModelSourceReader(database, artifacts, new LoggedModelRepository(database, now));
    versions = new ModelVersionRepository(database, sources, { skips: 'refuse' }, now);
    rollouts = new RolloutRepository(database, now);
  });
  afterAll(async () => {
    await database?.destroy();
    await postgres?.stop();
    await rm(home, { recursive: true, force: true });
  });

  let serial = 0;
  const newModel = async (): Promise<string> => {
    const { name } = await models.create({ name: `detector ${(serial += 1)}` });
    for (const version of [1, 2]) await versions.create({ name, source: `s3://models/${version}` });
    return name;
  };
  const plan = async (overrides: Partial<NewRollout> = {}): Promise<Rollout> =>
    rollouts.create({
      model: overrides.model ?? (await newModel()),
      plan: rolloutPlan(),
      salt: 'drawn',
      versions: { control: 1, candidate: 2 },
      actor: 'A. Reader',
      reason: 'Version 2 is better.',
      ...overrides,
    });
  const happen = ({ id, revision }: Rollout, kind: RolloutEventKind, overrides: Partial<RolloutEvent> = {}) =>
    rollouts.apply(id, {
      kind,
      actor: 'A. Reader',
      reason: 'It is time.',
      expectedRevision: revision,
      ...overrides,
    });
  const through = async (rollout: Rollout, ...kinds: RolloutEventKind[]): Promise<Rollout> => {
    let standing = rollout;
    for (const kind of kinds) standing = await happen(standing, kind);
    return standing;
  };
  const completed = (rollout: Rollout) =>
    through(rollout, 'start', 'advance', 'advance', 'request-approval', 'approve');
  const seen = (requests: number, overrides: Partial<ArmSummary> = {}): ArmSummary => ({
    ...NOTHING_SEEN,
    requests,
    units: requests,
    latency: { 100: requests },
    ...overrides,
  });
  const where = (overrides: Partial<IntervalObservations> = {}): IntervalObservations => ({
    step: 0,
    intervalStartMs: 0,
    replica: 'one',
    arm: 'candidate',
    ...overrides,
  });

  it('are planned, and come back as they were written', async () => {
    const rollout = await plan({ plan: rolloutPlan({ salt: 'of the plan' }) });
    expect(rollout).toMatchObject({
      plan: rolloutPlan({ salt: 'of the plan' }),
      salt: 'of the plan',
      versions: { control: 1, candidate: 2 },
      status: 'planned',
      step: -1,
      revision: 0,
    });
    expect(await rollouts.get(rollout.id)).toEqual(rollout);
    expect((await plan()).salt).toBe('drawn');
  });

  it('are one at a time for a model, even when two are planned at once', async () => {
    const model = await newModel();
    const outcomes = await Promise.allSettled([plan({ model }), plan({ model })]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const [lost] = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(lost.reason).toBeInstanceOf(ResourceExistsError);
    const [standing, ...others] = await rollouts.active(model);
    expect(others).toEqual([]);
    await happen(standing, 'abort');
    expect(await rollouts.active(model)).toEqual([]);
    expect((await plan({ model })).status).toBe('planned');
    expect((await rollouts.list(model)).map(({ status }) => status)).toEqual(['planned', 'aborted']);
  });

  it('cannot be two active ones past the repository either', async () => {
    const { id } = await plan();
    await expect(
      database.query(
        `INSERT INTO registry_rollout (registered_id, plan, salt, versions, actor, reason, status, step,
           step_entered_at_ms, revision, created_at_ms, updated_at_ms)
         SELECT registered_id, plan, salt, versions, actor, reason, 'paused', 0, 0, 0, 0, 0
         FROM registry_rollout WHERE id = $1`,
        [id],
      ),
    ).rejects.toThrow(/registry_rollout_active/);
  });

  it('are of versions that there are, another for each arm', async () => {
    await expect(plan({ versions: { control: 1, candidate: 7 } })).rejects.toBeInstanceOf(
      ResourceNotFoundError,
    );
    await expect(plan({ model: 'nobody' })).rejects.toBeInstanceOf(ResourceNotFoundError);
    const wrongs: Record<string, number>[] = [
      { control: 1 },
      { control: 1, candidate: 1 },
      { control: 1, other: 2 },
    ];
    for (const wrong of wrongs) {
      await expect(plan({ versions: wrong })).rejects.toBeInstanceOf(InvalidParameterError);
    }
    for (const id of ['0', 'x', '99999999']) {
      await expect(rollouts.get(id)).rejects.toBeInstanceOf(ResourceNotFoundError);
    }
  });

  it('remember who moved them, when, why and on which evidence, for good', async () => {
    const rollout = await through(await plan(), 'start');
    clock = 7_000;
    await happen(rollout, 'rollback', {
      actor: 'rollout analysis',
      reason: 'It fails.',
      evidence: { p: 0.001 },
    });
    expect(await rollouts.history(rollout.id)).toEqual([
      expect.objectContaining({ event: 'start', from: { status: 'planned', step: -1 }, to: { status: 'running', step: 0 }, evidence: {} }),
      {
        event: 'rollback',
        from: { status: 'running', step: 0 },
        to: { status: 'rolled-back', step: 0 },
        actor: 'rollout analysis',
        reason: 'It fails.',
        evidence: { p: 0.001 },
        revision: 2,
        atMs: 7_000,
      },
    ]); // prettier-ignore
    for (const change of [
      `UPDATE registry_rollout_event SET actor = 'nobody'`,
      'DELETE FROM registry_rollout_event',
    ]) {
      await expect(database.query(change)).rejects.toThrow(/kept as they are/);
    }
  });

  it('let one of many decisions on the same revision win, and give the others the conflict', async () => {
    const rollout = await through(await plan(), 'start');
    const kinds = ['rollback', 'advance', 'pause', 'abort', 'rollback'] as const;
    const outcomes = await Promise.allSettled(kinds.map((kind) => happen(rollout, kind)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(RevisionConflictError);
    }
    expect(await rollouts.history(rollout.id)).toHaveLength(2);
  });

  it('write nothing of a move that there is none', async () => {
    const rollout = await plan();
    await expect(happen(rollout, 'advance')).rejects.toBeInstanceOf(IllegalRolloutTransitionError);
    expect(await rollouts.get(rollout.id)).toEqual(rollout);
    expect(await rollouts.history(rollout.id)).toEqual([]);
  });

  it('roll back after completion, until another one took their place', async () => {
    const first = await completed(await plan());
    expect(first).toMatchObject({ status: 'completed', winner: 'candidate', step: 2 });
    const { model } = first;
    await versions.create({ name: model, source: 's3://models/3' });
    const second = await completed(await plan({ model, versions: { control: 2, candidate: 3 } }));
    await expect(happen(first, 'rollback')).rejects.toBeInstanceOf(ResourceExistsError);
    expect((await happen(second, 'rollback')).status).toBe('rolled-back');
  });

  it('add up what replicas saw in intervals, whatever is sent twice or late', async () => {
    const { id } = await through(await plan(), 'start');
    const late = seen(40);
    await rollouts.record(id, where(), late);
    await rollouts.record(id, where(), seen(100, { errors: 3 }));
    await Promise.all([
      rollouts.record(id, where(), late),
      rollouts.record(id, where(), seen(100, { errors: 3 })),
      rollouts.record(id, where({ replica: 'two' }), seen(50)),
      rollouts.record(id, where({ intervalStartMs: 60_000 }), seen(7)),
      rollouts.record(id, where({ arm: 'control' }), seen(500)),
      rollouts.record(id, where({ step: 1 }), seen(9_999)),
    ]);
    expect(await rollouts.summaries(id, 0)).toEqual({
      candidate: seen(157, { errors: 3 }),
      control: seen(500),
    });
    expect(await rollouts.summaries(id, 0, 60_000)).toEqual({ candidate: seen(7) });
  });

  it('count under many writers at once', async () => {
    const { id } = await through(await plan(), 'start');
    const replicas = Array.from({ length: 8 }, (_, index) => `replica ${index}`);
    await Promise.all(
      replicas.map(async (replica) => {
        for (let flush = 1; flush <= 10; flush++)
          await rollouts.record(id, where({ replica }), seen(flush * 10));
      }),
    );
    expect((await rollouts.summaries(id, 0)).candidate.requests).toBe(800);
  });

  it('keep the latest analysis of the present step alone', async () => {
    const rollout = await through(await plan(), 'start');
    const at = (ms: number) => analyse(rollout.plan, rollout, { candidate: seen(1) }, undefined, ms);
    expect(await rollouts.saveAnalysis(rollout.id, at(9_000))).toBe(true);
    expect(await rollouts.saveAnalysis(rollout.id, at(8_000))).toBe(false);
    expect((await rollouts.get(rollout.id)).analysis).toEqual(JSON.parse(JSON.stringify(at(9_000))));
    const next = await happen(rollout, 'advance');
    expect(next.analysis).toBeUndefined();
    expect(await rollouts.saveAnalysis(rollout.id, at(10_000))).toBe(false);
  });

  it('leave nothing behind when the migration is undone', async () => {
    const tables = () =>
      database.query(
        `SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'registry_rollout%'`,
      );
    expect(await tables()).toHaveLength(3);
    const runner = database.createQueryRunner();
    await new Rollouts1764000900000().down(runner);
    expect(await tables()).toHaveLength(0);
    await new Rollouts1764000900000().up(runner);
    expect(await tables()).toHaveLength(3);
    await runner.release();
  });
});
