import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TinyDetector, tinyDetectorOnnx } from './tiny-detector';

/** A model on disk, for as long as a test needs it. */
export interface ModelFolder {
  readonly modelPath: string;
  readonly configPath: string;
  /** Replaces the model by these bytes. */
  replaceModel(bytes: Uint8Array): Promise<void>;
  remove(): Promise<void>;
}

/** Writes `model.onnx` (a tiny detector, or the bytes given) and, if there is any, `model_config.yaml` into a new folder. */
export async function modelFolder(
  model: Partial<TinyDetector> | Uint8Array = {},
  config?: string,
): Promise<ModelFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'thorax-model-'));
  const modelPath = join(folder, 'model.onnx');
  const configPath = join(folder, 'model_config.yaml');
  const replaceModel = (bytes: Uint8Array): Promise<void> => writeFile(modelPath, bytes);
  await replaceModel(model instanceof Uint8Array ? model : tinyDetectorOnnx(model));
  if (config !== undefined) await writeFile(configPath, config);
  return { modelPath, configPath, replaceModel, remove: () => rm(folder, { recursive: true, force: true }) };
}
