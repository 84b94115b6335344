import { tinyDetectorOnnx } from '@thorax/inference/testing';
import { EmbeddedPostgres, FolderObjectStore } from '@thorax/platform';
import {
  ArtifactRepository,
  ArtifactStore,
  InspectionRule,
  LoadableModelReader,
  LoggedModelRepository,
  ModelInspectionOptions,
  ModelInspector,
  ModelSourceReader,
  ModelVersion,
  ModelVersionRepository,
  RegisteredModelRepository,
  signedMessage,
  Stage,
} from '@thorax/registry';
import { onnxFile, onnxNode } from '@thorax/registry/testing';
import { createHash, generateKeyPairSync, KeyObject, sign } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { dataSourceOptions, migrate } from './data-source';

jest.setTimeout(120_000);

const now = () => 1_000;

describe('the inspection of registered models', () => {
  let home: string;
  let postgres: EmbeddedPostgres;
  let database: DataSource;
  let objects: FolderObjectStore;
  let artifacts: ArtifactStore;
  let models: RegisteredModelRepository;

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'thorax-inspection-'));
    postgres = new EmbeddedPostgres(join(home, 'postgres'));
    const url = await postgres.start();
    await migrate(url);
    database = await new DataSource(dataSourceOptions(url)).initialize();
    objects = new FolderObjectStore(join(home, 'objects'));
    artifacts = new ArtifactStore(objects, new ArtifactRepository(database, now), 10_000_000);
    models = new RegisteredModelRepository(database, now);
  });
  afterAll(async () => {
    await database?.destroy();
    await postgres?.stop();
    await rm(home, { recursive: true, force: true });
  });

  const registry = (options: ModelInspectionOptions = {}, inspection: InspectionRule = 'record') => {
    const inspector = new ModelInspector(artifacts, options);
    const sources = new ModelSourceReader(
      database,
      artifacts,
      new LoggedModelRepository(database, now),
      inspector,
    );
    const versions = new ModelVersionRepository(database, sources, { skips: 'allow', inspection }, now);
    return { versions, loadable: new LoadableModelReader(versions, artifacts, inspector) };
  };
  const move = (versions: ModelVersionRepository, { name, version }: ModelVersion, to: Stage) =>
    versions.transition({
      name,
      version,
      to,
      archiveOthers: false,
      actor: 'A. Reader',
      reason: 'It is better.',
    });
  async function* chunks(content: Uint8Array): AsyncIterable<Uint8Array> {
    yield content;
  }

  let serial = 0;
  /** Stores files in a new folder and registers it. */
  const register = async (versions: ModelVersionRepository, files: Readonly<Record<string, Uint8Array>>) => {
    const folder = `models/${(serial += 1)}`;
    for (const [name, content] of Object.entries(files))
      await artifacts.write(`${folder}/${name}`, chunks(content));
    const { name } = await models.create({ name: `model ${serial}` });
    return versions.create({ name, source: `mlflow-artifacts:/${folder}` });
  };

  it('lets a clean model into every stage, and gives out its bytes', async () => {
    const { versions, loadable } = registry();
    const bytes = tinyDetectorOnnx();
    const version = await register(versions, { 'model.onnx': bytes, MLmodel: Buffer.from('flavors: {}') });
    expect(version.inspection).toMatchObject({
      verdict: 'clean',
      sha256: createHash('sha256').update(bytes).digest('hex'),
      problems: [],
      report: { sizeBytes: bytes.length, opsets: [{ domain: 'ai.onnx', version: 17 }] },
      signedBy: null,
    });
    for (const to of ['Staging', 'Canary', 'Production'] as const) await move(versions, version, to);
    expect((await loadable.read(version.name, 1)).bytes.equals(bytes)).toBe(true);
  });

  it('keeps a refused model with the reasons, and out of every stage in use', async () => {
    const { versions, loadable } = registry();
    const version = await register(versions, { 'model.onnx': onnxFile({ nodes: [onnxNode('Loop')] }) });
    expect(version.inspection).toMatchObject({ verdict: 'refused', problems: [{ code: 'OPERATOR' }] });
    for (const to of ['Staging', 'Canary', 'Production'] as const) {
      await expect(move(versions, version, to)).rejects.toMatchObject({
        code: 'MODEL_NOT_LOADABLE',
        message: expect.stringContaining('"Loop"'),
      });
    }
    expect(await versions.history(version.name, 1)).toEqual([]);
    await expect(loadable.read(version.name, 1)).rejects.toMatchObject({ code: 'MODEL_NOT_LOADABLE' });
    const forgiven = `UPDATE registry_model_version SET inspection = jsonb_set(inspection, '{verdict}', '"clean"')
                      WHERE inspection IS NOT NULL`;
    await expect(database.query(forgiven)).rejects.toThrow(/does not change/);
    await move(versions, version, 'Archived');
  });

  it('keeps what a database could trip over out of it', async () => {
    const nodes = [onnxNode('Add\0\ud800'), onnxNode('x'.repeat(5_000), '\0')];
    const { inspection } = await register(registry().versions, {
      'a.onnx': onnxFile({ nodes, metadata: { '\0': '\0' } }),
    });
    expect(inspection!.problems.map(({ code }) => code)).toEqual(['OPERATOR', 'OPERATOR_DOMAIN']);
  });

  it('refuses a model larger than is taken without reading it', async () => {
    const { versions } = registry({ maxFileBytes: 100 });
    const { inspection } = await register(versions, { 'model.onnx': tinyDetectorOnnx() });
    expect(inspection).toMatchObject({
      verdict: 'refused',
      report: null,
      problems: [{ code: 'FILE_TOO_LARGE' }],
    });
  });

  it('asks versions without an ONNX file for one where verdicts are required', async () => {
    const strict = registry({}, 'require').versions;
    const version = await register(strict, { 'model.pkl': Buffer.from('pickle') });
    expect(version.inspection).toBeNull();
    await move(strict, version, 'Staging');
    await expect(move(strict, version, 'Production')).rejects.toMatchObject({ code: 'MODEL_NOT_LOADABLE' });
    expect(await move(registry().versions, version, 'Production')).toMatchObject({ stage: 'Production' });
  });

  it('computes the digest anew at every load', async () => {
    const { versions, loadable } = registry();
    const version = await register(versions, { 'model.onnx': tinyDetectorOnnx() });
    await loadable.read(version.name, 1);
    const { key, sizeBytes } = (await artifacts.find(version.contents.onnx!.path))!;
    for (const changed of [
      tinyDetectorOnnx({ classes: ['other'] }),
      new Uint8Array(sizeBytes),
      new Uint8Array(),
    ]) {
      await objects.put(key, changed);
      await expect(loadable.read(version.name, 1)).rejects.toMatchObject({ code: 'ARTIFACT_DAMAGED' });
    }
  });

  describe('where models must be signed', () => {
    let signingKeysFolder: string;
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    beforeAll(async () => {
      signingKeysFolder = join(home, 'keys');
      await mkdir(signingKeysFolder);
      await writeFile(
        join(signingKeysFolder, 'release.pem'),
        publicKey.export({ type: 'spki', format: 'pem' }),
      );
    });
    const signature = (file: Uint8Array, key: KeyObject) => {
      const sha256 = createHash('sha256').update(file).digest('hex');
      return Buffer.from(`${sign(null, signedMessage(sha256), key).toString('base64')}\n`);
    };

    it('takes a model with a signature beside it, for as long as its key is known', async () => {
      const { versions, loadable } = registry({ signingKeysFolder });
      const bytes = tinyDetectorOnnx();
      const version = await register(versions, {
        'model.onnx': bytes,
        'model.onnx.sig': signature(bytes, privateKey),
      });
      expect(version.inspection).toMatchObject({ verdict: 'clean', signedBy: { name: 'release' } });
      await loadable.read(version.name, 1);
      const other = join(home, 'other-keys');
      await mkdir(other);
      const stranger = generateKeyPairSync('ed25519').publicKey;
      await writeFile(join(other, 'other.pem'), stranger.export({ type: 'spki', format: 'pem' }));
      await expect(
        registry({ signingKeysFolder: other }).loadable.read(version.name, 1),
      ).rejects.toMatchObject({
        code: 'MODEL_NOT_LOADABLE',
        details: { reasons: [{ code: 'SIGNATURE_WRONG' }] },
      });
    });

    it.each([
      ['without one', {}, 'SIGNATURE_MISSING'],
      [
        'with one of another file',
        { 'model.onnx.sig': signature(new Uint8Array(1), privateKey) },
        'SIGNATURE_WRONG',
      ],
      ['with a huge one', { 'model.onnx.sig': new Uint8Array(10_000) }, 'SIGNATURE_WRONG'],
    ])('refuses a model %s', async (_, files, code) => {
      const { versions } = registry({ signingKeysFolder });
      const version = await register(versions, { 'model.onnx': tinyDetectorOnnx(), ...files });
      expect(version.inspection).toMatchObject({ verdict: 'refused', problems: [{ code }] });
      await expect(move(versions, version, 'Staging')).rejects.toMatchObject({ code: 'MODEL_NOT_LOADABLE' });
    });

    it('registers nothing while the keys cannot be read', async () => {
      const { versions } = registry({ signingKeysFolder: join(home, 'nowhere') });
      await expect(register(versions, { 'model.onnx': tinyDetectorOnnx() })).rejects.toMatchObject({
        code: 'SIGNING_KEYS_UNUSABLE',
      });
    });
  });
});
