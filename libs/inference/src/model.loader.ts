import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import {
  InvalidModelConfigError,
  ModelFileChangedError,
  ModelFileCorruptError,
  ModelFileMissingError,
} from './errors';
import { FolderPreparedModelCache } from './graph/folder.prepared-model.cache';
import { PreparedModel } from './graph/model-preparation';
import { openPreparedModel } from './graph/prepared-model.opener';
import { PreparedFormat } from './graph/trial';
import { InputTensorWriter } from './input-tensor.writer';
import { ModelConfig, parseModelConfig, ServingConfig } from './model-config';
import { describeInput, describeModel, DescriptionSources, ModelDescription } from './model-description';
import { Device, ModelRunner } from './model-runner';
import { NotAnOnnxModelError, OnnxMetadata, readOnnxMetadata } from './onnx-metadata';
import { onnxRuntimeVersion, openOnnxModel, UnloadableModelError } from './onnx.model-runner';
import { openRemoteModel, RemoteModel } from './remote/remote.model-runner';

/** Which model to load and how to run it. Plain data, because it travels to worker threads. */
export interface ModelSource {
  /** The ONNX file; not read when there is `remote`. */
  readonly modelPath: string;
  /**
   * Its configuration; default `model_config.yaml` beside it, and it may be absent there. A remote model has the one
   * that is named here or none.
   */
  readonly configPath?: string;
  /** A model on other servers, in place of a file. */
  readonly remote?: RemoteModel;
  readonly device: Device;
  /** Threads for one run, ≥ 1. */
  readonly intraOpThreads: number;
  /** See `RunnerOptions`. */
  readonly keepsMemory?: boolean;
  /** Replaces `serving.max_batch_size` of the file; ≥ 1. */
  readonly maxBatchSize?: number;
  /** Replaces name and version of the file: a repository names models by its folders. */
  readonly identity?: { readonly name: string; readonly version: string };
  /** Replaces single settings of `serving` of the file. */
  readonly serving?: Partial<ServingConfig>;
  /**
   * Folder in which models are kept that were prepared for speed; left out, the file is run as it is. The first
   * load of a model prepares it, which takes seconds to a minute; later ones find it there.
   */
  readonly preparedFolder?: string;
  /** SHA-256 the file must have, when another worker has loaded it already. */
  readonly expectedSha256?: string;
}

/** A model that has answered once. */
export interface LoadedModel {
  readonly description: ModelDescription;
  readonly runner: ModelRunner;
  /** A faster graph with the same answers, for images; raw tensors keep to the one above. */
  readonly prepared?: PreparedGraph;
}

/** What serves images in place of the stock graph, and how it was proven. */
export interface PreparedGraph {
  readonly runner: ModelRunner;
  readonly format: PreparedFormat;
  readonly report: Omit<PreparedModel, 'bytes'>;
}

/**
 * Reads file, metadata and configuration, opens the model and runs it once on a black image, which both warms it
 * up and shows the true shapes of its outputs. Blocks its thread while the runtime works.
 *
 * Throws the `misconfigured` errors of `errors.ts` and those of `openRemoteModel`; whatever was opened by then is
 * closed.
 */
export async function loadModel(source: ModelSource): Promise<LoadedModel> {
  if (source.remote) return loadRemoteModel(source, source.remote);
  const bytes = await readModelFile(source.modelPath);
  const digestSha256 = createHash('sha256').update(bytes).digest('hex');
  if (source.expectedSha256 !== undefined && source.expectedSha256 !== digestSha256) {
    const { modelPath: path, expectedSha256 } = source;
    throw new ModelFileChangedError({ path, expectedSha256, gotSha256: digestSha256 });
  }
  const metadata = metadataOf(bytes, source.modelPath);
  const config = await readConfig(source);
  const runner = await openRunner(bytes, source);
  try {
    const sources: DescriptionSources = {
      config,
      metadata: metadata.properties,
      signature: runner.signature,
      digestSha256,
      fallbackName: basename(source.modelPath, extname(source.modelPath)),
    };
    const description = await warmUp(runner, sources);
    const prepared = await prepareForImages(bytes, description, source);
    return { description, runner, ...(prepared && { prepared }) };
  } catch (error) {
    await runner.close();
    throw error;
  }
}

/** The server's description takes the place of the file's metadata. */
async function loadRemoteModel(source: ModelSource, remote: RemoteModel): Promise<LoadedModel> {
  const config = source.configPath === undefined ? parseModelConfig('') : await readConfig(source);
  const { runner, served } = await openRemoteModel(remote, source.expectedSha256);
  const { maxBatchSize, version, properties, signature, digestSha256 } = served;
  const serving = { ...(maxBatchSize && { maxBatchSize }), ...config.serving };
  if (source.maxBatchSize !== undefined) serving.maxBatchSize = source.maxBatchSize;
  const metadata = new Map([...properties, ...(version ? [['model_version', version] as const] : [])]);
  try {
    const description = await warmUp(runner, {
      config: { ...config, serving },
      metadata,
      signature,
      digestSha256,
      fallbackName: remote.modelName,
    });
    return { description, runner };
  } catch (error) {
    await runner.close();
    throw error;
  }
}

/** Absent where nothing is to be prepared, or nothing is faster. */
async function prepareForImages(
  bytes: Uint8Array,
  description: ModelDescription,
  source: ModelSource,
): Promise<PreparedGraph | undefined> {
  if (source.preparedFolder === undefined) return undefined;
  const { prepared, runner } = await openPreparedModel({
    bytes,
    description,
    options: source,
    open: openOnnxModel,
    cache: new FolderPreparedModelCache(source.preparedFolder),
    runtimeVersion: onnxRuntimeVersion(),
  });
  // The bytes, by now a second copy of the weights, are let go.
  const { bytes: _bytes, ...report } = prepared;
  return runner && { runner, format: prepared.format, report };
}

async function readModelFile(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new ModelFileMissingError({ path, reason: (error as NodeJS.ErrnoException).code ?? 'unreadable' });
  }
}

function metadataOf(bytes: Uint8Array, path: string): OnnxMetadata {
  try {
    return readOnnxMetadata(bytes);
  } catch (error) {
    if (error instanceof NotAnOnnxModelError)
      throw new ModelFileCorruptError({ path, reason: error.message });
    throw error;
  }
}

/** A path that was given must exist; the customary one need not. */
async function readConfig({ modelPath, configPath, ...replacing }: ModelSource): Promise<ModelConfig> {
  const path = configPath ?? join(dirname(modelPath), 'model_config.yaml');
  let text = '';
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (configPath !== undefined || code !== 'ENOENT') {
      throw new InvalidModelConfigError({
        path: '',
        expected: `a readable file at ${path}`,
        got: code ?? 'an unreadable one',
      });
    }
  }
  const config = parseModelConfig(text);
  const { identity, maxBatchSize, serving } = replacing;
  const limit = maxBatchSize === undefined ? {} : { maxBatchSize };
  return { ...config, ...identity, serving: { ...config.serving, ...limit, ...serving } };
}

async function openRunner(bytes: Uint8Array, source: ModelSource): Promise<ModelRunner> {
  try {
    return await openOnnxModel(bytes, source);
  } catch (error) {
    if (error instanceof UnloadableModelError) {
      throw new ModelFileCorruptError({ path: source.modelPath, reason: error.reason });
    }
    throw error;
  }
}

async function warmUp(runner: ModelRunner, sources: DescriptionSources): Promise<ModelDescription> {
  const input = describeInput(sources);
  const writer = new InputTensorWriter({ ...input, normalisation: 'raw' }, input.fixedBatchSize ?? 1);
  return describeModel(sources, await runner.run(writer.tensor()));
}
