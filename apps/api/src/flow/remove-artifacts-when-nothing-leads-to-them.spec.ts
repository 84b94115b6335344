import { EmbeddedPostgres, FolderObjectStore } from '@thorax/platform';
import { ArtifactRepository, ArtifactStore } from '@thorax/registry';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { readEnv } from '../config/env.reader';
import { dataSourceOptions, migrate } from '../database/data-source';
import { Housekeeping } from './housekeeping';
import { RemoveArtifactsWhenNothingLeadsToThem } from './remove-artifacts-when-nothing-leads-to-them';
import { RemoveImagesWhenNothingRefersToThem } from './remove-images-when-nothing-refers-to-them';

jest.setTimeout(60_000);

const hour = 3_600_000;
const lost = 'artifacts/0a/0a0a0a0a-0a0a-8a0a-8a0a-0a0a0a0a0a0a';

async function* bytes(text: string): AsyncIterable<Uint8Array> {
  yield Buffer.from(text);
}

describe('RemoveArtifactsWhenNothingLeadsToThem', () => {
  let home: string;
  let postgres: EmbeddedPostgres;
  let database: DataSource;
  let objects: FolderObjectStore;
  let artifacts: ArtifactStore;
  let sweeper: RemoveArtifactsWhenNothingLeadsToThem;

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'thorax-sweep-'));
    postgres = new EmbeddedPostgres(join(home, 'postgres'));
    const url = await postgres.start();
    await migrate(url);
    database = await new DataSource(dataSourceOptions(url)).initialize();
    objects = new FolderObjectStore(join(home, 'objects'));
    artifacts = new ArtifactStore(objects, new ArtifactRepository(database, () => Date.now()), 1_000);
    const env = readEnv({ UNREFERENCED_ARTIFACT_RETENTION_HOURS: '24' });
    sweeper = new RemoveArtifactsWhenNothingLeadsToThem(artifacts, env);
  });
  afterAll(async () => {
    await database?.destroy();
    await postgres?.stop();
    await rm(home, { recursive: true, force: true });
  });

  beforeEach(async () => {
    await artifacts.write('1/run/artifacts/model.onnx', bytes('kept'));
    await objects.put(lost, new Uint8Array([1]));
    await objects.put('images/0a/other', new Uint8Array([2]));
  });

  it('spares artifacts that are young: their path may be about to be written', async () => {
    expect(await sweeper.sweep(new Date(Date.now() + 23 * hour))).toBe(0);
    expect(await objects.exists(lost)).toBe(true);
  });

  it('removes old ones that no path leads to, and only those', async () => {
    expect(await sweeper.sweep(new Date(Date.now() + 25 * hour))).toBe(1);
    expect(await objects.exists(lost)).toBe(false);
    expect(await objects.exists('images/0a/other')).toBe(true);
    expect((await artifacts.readVerified('1/run/artifacts/model.onnx')).content.toString()).toBe('kept');
  });

  it('is what the schedule of its name runs, and no other is', async () => {
    const env = readEnv({ UNREFERENCED_ARTIFACT_RETENTION_HOURS: '0' });
    const images = {} as RemoveImagesWhenNothingRefersToThem;
    const housekeeping = new Housekeeping(images, new RemoveArtifactsWhenNothingLeadsToThem(artifacts, env));
    await expect(housekeeping.process({ name: 'sweep-the-yard' })).rejects.toThrow(/no sweep/);
    expect(await housekeeping.process({ name: 'remove-unreferenced-artifacts' })).toEqual({ removed: 1 });
  });
});
