import { ModelFileCorruptError, ModelUnavailableError } from '../errors';
import { ManualClock } from '../testing/manual-clock';
import { modelDescription } from '../testing/model-description';
import { ScriptedWorker, scriptedWorkers } from '../testing/scripted-workers';
import { CatalogueEntry, ModelVersionSource } from './model-catalogue';
import { ModelRepository, ModelRepositoryOptions } from './model-repository';
import {
  ModelLoadFailedError,
  ModelMemoryExceededError,
  ModelNotFoundError,
  PrimaryModelError,
} from './model-repository.errors';

const MEBIBYTE = 1024 * 1024;
const FILE_BYTES = 12 * MEBIBYTE;
/** What one worker of a model of that size is charged: 3 × 12 + 64 MiB. */
const WORKER_BYTES = 100 * MEBIBYTE;
const PRIMARY_BYTES = 64 * MEBIBYTE;

function source(name: string, version: string, rest: Partial<ModelVersionSource> = {}): ModelVersionSource {
  const modelPath = `/repository/${name}/${version}/model.onnx`;
  return { name, version, modelPath, fileBytes: FILE_BYTES, fingerprint: `${name}:${version}`, ...rest };
}

/** Lets everything happen that needs no clock and no worker. */
const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
};

interface Arranged {
  readonly repository: ModelRepository;
  readonly workers: ScriptedWorker[];
  readonly clock: ManualClock;
  /** Loads it and has its worker report the model. */
  load(from: ModelVersionSource): Promise<unknown>;
  /** The last worker that was started for it. */
  workerOf(name: string, version: string): ScriptedWorker;
}

/** A repository of scripted workers whose primary is `chest` version 1 and has loaded. */
async function arrange(
  options: Partial<ModelRepositoryOptions> & { found?: readonly CatalogueEntry[] } = {},
): Promise<Arranged> {
  const { workers, spawn } = scriptedWorkers();
  const clock = new ManualClock();
  const { found = [], ...rest } = options;
  const repository = new ModelRepository({
    primary: { modelPath: '/models/chest.onnx', plan: { workers: 1, intraOpThreads: 1 } },
    detector: { spawn, clock, adaptiveBatching: false },
    catalogue: {
      list: async () => found,
      versionsOf: async (name) => found.filter((entry) => entry.name === name),
    },
    cores: 4,
    memoryBudgetBytes: 10_000 * MEBIBYTE,
    unloadGraceMs: 1000,
    residentBytes: () => 0,
    clock,
    ...rest,
  });
  workers[0]!.start(modelDescription({ name: 'chest', version: '1' }));
  await turns();
  const workerOf = (name: string, version: string): ScriptedWorker =>
    workers.findLast(({ init }) => {
      const { identity } = init.model!;
      return identity?.name === name && identity.version === version;
    })!;
  const load = async (from: ModelVersionSource): Promise<unknown> => {
    const loaded = repository.load(from);
    await turns();
    workerOf(from.name, from.version)?.start(modelDescription({ name: from.name, version: from.version }));
    return loaded;
  };
  return { repository, workers, clock, load, workerOf };
}

const states = ({ repository }: Arranged): string[] =>
  repository.entries().map(({ name, version, state }) => `${name}:${version} ${state}`);

describe('a repository of models', () => {
  it('serves versions side by side, the primary where no version is named and otherwise the highest', async () => {
    const arranged = await arrange();
    for (const version of ['2', '10', '9']) await arranged.load(source('hand', version));
    await arranged.load(source('chest', '2'));
    const { repository } = arranged;
    expect(repository.require('chest').description.version).toBe('1');
    expect(repository.require('chest', '2').description.version).toBe('2');
    expect(repository.require('hand').description.version).toBe('10');
    expect(repository.require('hand', '9').description.version).toBe('9');
    expect(() => repository.require('hand', '3')).toThrow(ModelNotFoundError);
    expect(states(arranged)).toEqual([
      'chest:1 READY', 'chest:2 READY', 'hand:2 READY', 'hand:9 READY', 'hand:10 READY',
    ]); // prettier-ignore
  });

  it('lists what is in the folder and not loaded, and why', async () => {
    const arranged = await arrange({
      found: [source('hand', '1'), { name: 'knee', version: '1', problem: 'there is no model.onnx' }],
    });
    await arranged.repository.refresh();
    expect(arranged.repository.entries().slice(1)).toEqual([
      { name: 'hand', version: '1', state: 'UNAVAILABLE', reason: 'it is not loaded' },
      { name: 'knee', version: '1', state: 'UNAVAILABLE', reason: 'there is no model.onnx' },
    ]);
    await expect(arranged.repository.find('knee')).rejects.toThrow(/no model.onnx/);
    await expect(arranged.repository.find('foot')).rejects.toThrow(ModelNotFoundError);
    expect(() => arranged.repository.require('hand')).toThrow(ModelUnavailableError);
  });

  it('makes one load of two at once', async () => {
    const { repository, workers, workerOf } = await arrange();
    const both = [repository.load(source('hand', '1')), repository.load(source('hand', '1'))];
    await turns();
    workerOf('hand', '1').start(modelDescription({ name: 'hand' }));
    const [one, other] = await Promise.all(both);
    expect(one).toBe(other);
    expect(await repository.load(source('hand', '1'))).toBe(one);
    expect(workers).toHaveLength(2);
  });

  it('loads one model at a time', async () => {
    const arranged = await arrange();
    const first = arranged.repository.load(source('hand', '1'));
    const second = arranged.repository.load(source('knee', '1'));
    await turns();
    expect(arranged.workerOf('knee', '1')).toBeUndefined();
    expect(states(arranged).slice(1)).toEqual(['hand:1 LOADING', 'knee:1 LOADING']);
    arranged.workerOf('hand', '1').start(modelDescription({ name: 'hand' }));
    await first;
    await turns();
    arranged.workerOf('knee', '1').start(modelDescription({ name: 'knee' }));
    await second;
  });

  it('keeps the reason of a load that failed, frees what it took, and serves the neighbours', async () => {
    const arranged = await arrange();
    const dispose = jest.fn(async () => undefined);
    const loaded = arranged.repository.load(source('hand', '1', { dispose }));
    await turns();
    const worker = arranged.workerOf('hand', '1');
    worker.startWithout(new ModelFileCorruptError({ path: 'hand', reason: 'it holds no graph' }));
    await expect(loaded).rejects.toThrow(ModelLoadFailedError);
    expect(worker.isGone).toBe(true);
    expect(dispose).toHaveBeenCalled();
    expect(arranged.repository.entries()[1]).toMatchObject({
      state: 'UNAVAILABLE',
      reason: expect.stringContaining('it holds no graph'),
    });
    expect(arranged.repository.require('chest').description.version).toBe('1');
    await arranged.load(source('hand', '1'));
    expect(states(arranged)[1]).toBe('hand:1 READY');
  });

  it('answers the requests of a version that is unloaded, and takes no new ones', async () => {
    const arranged = await arrange();
    await arranged.load(source('hand', '1'));
    const { detector } = arranged.repository.require('hand');
    const answers = Array.from({ length: 50 }, () => detector.detect(new Uint8Array(1)));
    const unloaded = arranged.repository.unload('hand');
    await turns();
    expect(states(arranged)[1]).toBe('hand:1 UNLOADING');
    expect(() => arranged.repository.require('hand')).toThrow(ModelUnavailableError);
    const worker = arranged.workerOf('hand', '1');
    for (let index = 0; index < 50; index++) {
      expect(worker.isGone).toBe(false);
      worker.answer();
      await turns();
    }
    expect(await Promise.all(answers)).toHaveLength(50);
    await unloaded;
    expect(worker.isGone).toBe(true);
    expect(arranged.repository.entries()[1]).toMatchObject({ state: 'UNAVAILABLE', reason: 'unloaded' });
  });

  it('waits with an unload for whoever holds the model and has not asked it yet, but not for ever', async () => {
    const arranged = await arrange();
    await arranged.load(source('hand', '1'));
    const model = arranged.repository.require('hand');
    const letGo = model.hold();
    const unloaded = arranged.repository.unload('hand', '1');
    await turns();
    const late = model.detector.detect(new Uint8Array(1));
    arranged.workerOf('hand', '1').answer();
    await late;
    letGo();
    letGo();
    await unloaded;

    await arranged.load(source('hand', '1'));
    arranged.repository.require('hand').hold();
    const impatient = arranged.repository.unload('hand');
    await turns();
    arranged.clock.advance(1000);
    await impatient;
  });

  it('loads a changed file beside the old one, which answers until then', async () => {
    const arranged = await arrange();
    await arranged.load(source('hand', '1'));
    const old = arranged.repository.require('hand');
    const underWay = old.detector.detect(new Uint8Array(1));
    const oldWorker = arranged.workerOf('hand', '1');
    const loaded = arranged.repository.load(source('hand', '1', { fingerprint: 'changed' }));
    await turns();
    expect(arranged.repository.require('hand')).toBe(old);
    arranged.workerOf('hand', '1').start(modelDescription({ name: 'hand', digestSha256: 'cd'.repeat(32) }));
    const next = await loaded;
    expect(next).not.toBe(old);
    expect(arranged.repository.require('hand')).toBe(next);
    expect(oldWorker.jobs).toHaveLength(1);
    oldWorker.answer();
    await underWay;
    await turns();
    expect(oldWorker.isGone).toBe(true);
  });

  it('neither unloads nor changes the primary for a client', async () => {
    const { repository } = await arrange();
    await expect(repository.unload('chest')).rejects.toThrow(PrimaryModelError);
    await expect(repository.unload('chest', '1')).rejects.toThrow(PrimaryModelError);
    await expect(repository.load(source('chest', '1'))).rejects.toThrow(PrimaryModelError);
    await expect(repository.unload('foot')).rejects.toThrow(ModelNotFoundError);
    expect(repository.require('chest').description.version).toBe('1');
  });

  it('refuses, before a worker is started, a model that the memory does not hold', async () => {
    const arranged = await arrange({
      memoryBudgetBytes: PRIMARY_BYTES + 1.5 * WORKER_BYTES,
      residentBytes: () => 0,
    });
    await arranged.load(source('hand', '1', { fileBytes: FILE_BYTES }));
    const before = arranged.workers.length;
    const refused = arranged.repository.load(source('knee', '1', { fileBytes: 10 * FILE_BYTES }));
    await expect(refused).rejects.toThrow(ModelMemoryExceededError);
    await expect(refused).rejects.toThrow(
      /'knee' version '1': it needs about 424 MiB and the loaded models hold 114 MiB of 214 MiB.*unload one of hand:1/,
    );
    expect(arranged.workers).toHaveLength(before);
    expect(states(arranged)).toEqual(['chest:1 READY', 'hand:1 READY', 'knee:1 UNAVAILABLE']);
  });

  it('gives a model the instances that the cores allow', async () => {
    const arranged = await arrange();
    const instances = { workers: 9, intraOpThreads: 2 };
    const loaded = arranged.repository.load(source('hand', '1', { overrides: { instances } }));
    await turns();
    for (const worker of arranged.workers.slice(1)) worker.start(modelDescription({ name: 'hand' }));
    for (const worker of arranged.workers.slice(2)) if (!worker.hasStarted) worker.start(modelDescription());
    await turns();
    arranged.clock.advance(100);
    const { instances: granted } = (await loaded) as { instances: { count: number } };
    expect(granted.count).toBe(2);
    expect(arranged.workers[1]!.init.model!.intraOpThreads).toBe(2);
  });

  it('puts another primary in place without a request that fails', async () => {
    const arranged = await arrange();
    const { repository } = arranged;
    const old = repository.primary;
    const before = old.detect(new Uint8Array(1));
    const next = { name: 'chest', version: '2' };
    const replaced = repository.replacePrimary({
      modelPath: '/models/next.onnx',
      identity: next,
      plan: { workers: 2, intraOpThreads: 1 },
    });
    await turns();
    const during = repository.primary.detect(new Uint8Array(1));
    expect(repository.primary).toBe(old);
    arranged.workers[1]!.start(modelDescription({ ...next, digestSha256: 'cd'.repeat(32) }));
    await turns();
    // Only one of its two workers is there: the old one goes on.
    expect(repository.primary).toBe(old);
    arranged.workers[2]!.start(modelDescription({ ...next, digestSha256: 'cd'.repeat(32) }));
    arranged.clock.advance(100);
    await replaced;
    expect(repository.primary).not.toBe(old);
    expect(repository.require('chest').description.version).toBe('2');
    for (const answer of [before, during]) {
      expect(arranged.workers[0]!.isGone).toBe(false);
      arranged.workers[0]!.answer();
      await answer;
    }
    await turns();
    expect(arranged.workers[0]!.isGone).toBe(true);
    expect(states(arranged)).toEqual(['chest:2 READY']);
  });

  it('keeps its primary when the next one cannot be loaded', async () => {
    const arranged = await arrange();
    const old = arranged.repository.primary;
    const replaced = arranged.repository.replacePrimary({
      modelPath: '/models/broken.onnx',
      plan: { workers: 1, intraOpThreads: 1 },
    });
    await turns();
    arranged.workers[1]!.startWithout(new ModelFileCorruptError({ path: 'x', reason: 'truncated' }));
    await expect(replaced).rejects.toThrow(/truncated/);
    expect(arranged.repository.primary).toBe(old);
  });

  it('ends with loads under way and queued', async () => {
    const arranged = await arrange();
    const loads = [
      arranged.repository.load(source('hand', '1')),
      arranged.repository.load(source('knee', '1')),
    ];
    const refused = loads.map((load) => expect(load).rejects.toMatchObject({ code: 'DETECTOR_CLOSED' }));
    await turns();
    await arranged.repository.close();
    await Promise.all(refused);
    expect(arranged.workers.every(({ isGone }) => isGone)).toBe(true);
  });
});
