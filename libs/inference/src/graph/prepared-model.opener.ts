import { ModelDescription } from '../model-description';
import { ModelRunner, RunnerOptions } from '../model-runner';
import { systemClock } from '../scheduling/clock';
import { PreparedModel, prepareModel } from './model-preparation';
import { preparationKey, PreparedModelCache } from './prepared-model.cache';
import { threadCpuStopwatch } from './thread-cpu.stopwatch';
import { warmUpImages } from './warm-up.images';

/** A loaded stock model that may be served faster. */
export interface PreparedModelRequest {
  /** The stock ONNX file. */
  readonly bytes: Uint8Array;
  readonly description: ModelDescription;
  readonly options: RunnerOptions;
  readonly open: (bytes: Uint8Array, options: RunnerOptions) => Promise<ModelRunner>;
  readonly cache: PreparedModelCache;
  /** Of ONNX Runtime, for example 1.30.0. */
  readonly runtimeVersion: string;
}

/** What was found out, and the opened graph where one is better than the stock graph. */
export interface OpenedPreparation {
  readonly prepared: PreparedModel;
  /** The caller's to close; absent where the stock graph stays. */
  readonly runner?: ModelRunner;
}

/**
 * Opens the prepared form of a model: from the cache, or prepared now and remembered, the decision to keep the stock
 * graph included. A prepared model that no longer opens counts as absent and is prepared anew.
 *
 * Rejects only like `prepareModel`. Blocks its thread while models run.
 */
export async function openPreparedModel(request: PreparedModelRequest): Promise<OpenedPreparation> {
  const { cache } = request;
  const key = keyOf(request);
  const remembered = await cache.get(key);
  const opened = remembered && (await tryToOpen(remembered, request));
  if (opened) return opened;
  const prepared = await prepare(request);
  await cache.put(key, prepared);
  return (await tryToOpen(prepared, request)) ?? { prepared };
}

function keyOf({ description, options, runtimeVersion }: PreparedModelRequest): string {
  const { digestSha256, inputWidth, inputHeight, normalisation, layout } = description;
  return preparationKey({
    digestSha256,
    runtimeVersion,
    device: `${options.device}/${options.intraOpThreads}`,
    reading: `${inputWidth}x${inputHeight}/${normalisation}/${layout}`,
  });
}

function prepare({ bytes, description, options, open }: PreparedModelRequest): Promise<PreparedModel> {
  const { device, intraOpThreads } = options;
  // What a GPU or other threads compute does not show in this thread's own time.
  const clock = device === 'cpu' && intraOpThreads === 1 ? threadCpuStopwatch : systemClock;
  const images = warmUpImages(description.inputWidth, description.inputHeight);
  return prepareModel({ bytes, stock: description, open: (file) => open(file, options), images, clock });
}

async function tryToOpen(
  prepared: PreparedModel,
  { open, options }: PreparedModelRequest,
): Promise<OpenedPreparation | undefined> {
  if (prepared.applied.length === 0) return { prepared };
  try {
    return { prepared, runner: await open(prepared.bytes, options) };
  } catch {
    return undefined;
  }
}
