import { PredictionJobRepository, PredictionRepository } from '@thorax/inference';
import { EmbeddedPostgres, FolderObjectStore } from '@thorax/platform';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { readEnv } from '../config/env.reader';
import { dataSourceOptions, migrate } from '../database/data-source';
import { imageKeyOf } from './image-key';
import { RemoveImagesWhenNothingRefersToThem } from './remove-images-when-nothing-refers-to-them';

jest.setTimeout(60_000);

const hour = 3_600_000;
const digest = (digit: string) => digit.repeat(64);

describe('RemoveImagesWhenNothingRefersToThem', () => {
  let home: string;
  let postgres: EmbeddedPostgres;
  let database: DataSource;
  let predictions: PredictionRepository;
  let jobs: PredictionJobRepository;
  let objects: FolderObjectStore;
  let sweeper: RemoveImagesWhenNothingRefersToThem;

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'thorax-sweep-'));
    postgres = new EmbeddedPostgres(join(home, 'postgres'));
    const url = await postgres.start();
    // As two replicas do that start at the same moment.
    await Promise.all([migrate(url), migrate(url)]);
    database = await new DataSource(dataSourceOptions(url)).initialize();
    predictions = new PredictionRepository(database);
    jobs = new PredictionJobRepository(database);
    objects = new FolderObjectStore(join(home, 'objects'));
    const env = readEnv({ UNREFERENCED_IMAGE_RETENTION_HOURS: '24' });
    sweeper = new RemoveImagesWhenNothingRefersToThem(objects, predictions, jobs, env);
  });
  afterAll(async () => {
    await database?.destroy();
    await postgres?.stop();
    await rm(home, { recursive: true, force: true });
  });

  beforeEach(async () => {
    await objects.put(imageKeyOf(digest('a')), new Uint8Array([1]));
    await objects.put(imageKeyOf(digest('b')), new Uint8Array([2]));
    await predictions.record({
      id: '0a0a0a0a-0a0a-8a0a-8a0a-0a0a0a0a0a0a',
      imageSha256: digest('a'),
      imageWidth: 10,
      imageHeight: 10,
      imageSource: 'png',
      modelName: 'tiny',
      modelVersion: '1',
      modelSha256: digest('c'),
      findings: [],
      inferenceMs: 1,
    });
  });

  it('spares images that are young: their prediction may be under way', async () => {
    expect(await sweeper.sweep(new Date(Date.now() + 23 * hour))).toBe(0);
    expect(await objects.exists(imageKeyOf(digest('b')))).toBe(true);
  });

  it('removes old images that no prediction refers to, and only those', async () => {
    expect(await sweeper.sweep(new Date(Date.now() + 25 * hour))).toBe(1);
    expect(await objects.exists(imageKeyOf(digest('a')))).toBe(true);
    expect(await objects.exists(imageKeyOf(digest('b')))).toBe(false);
  });

  it('spares images that a job waits for, until it is answered', async () => {
    const later = new Date(Date.now() + 25 * hour);
    const id = await jobs.create('0b0b0b0b-0b0b-4b0b-8b0b-0b0b0b0b0b0b', [digest('b')], null);
    expect(await sweeper.sweep(later)).toBe(0);
    const [item] = await jobs.waitingItems(id, 1);
    await jobs.settle(item, { problem: { status: 400, code: 'X', title: 'X', detail: 'x', remedy: 'x' } });
    expect(await sweeper.sweep(later)).toBe(1);
  });
});
