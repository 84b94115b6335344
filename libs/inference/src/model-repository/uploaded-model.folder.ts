import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { invalidArgument, quoted } from '../open-inference/protocol.error';
import { MODEL_NAME, ModelVersionSource } from './model-catalogue';

/** Files that came with a load request, by the path behind `file:`, as base64 text or bytes. */
export type UploadedFiles = ReadonlyMap<string, string | Uint8Array>;

const MODEL_FILE = /^([1-9]\d{0,8})\/(model\.onnx|model_config\.yaml)$/;
const SHARED_CONFIG = 'model_config.yaml';
const MAX_FILES = 16;

/**
 * Writes uploaded files into a new folder of their own, readable to nobody else, and describes the versions in it.
 * Only `<version>/model.onnx`, `<version>/model_config.yaml` and `model_config.yaml` are taken; whatever else is asked
 * for is refused before anything is written. The folder goes when the last version is disposed of.
 * Throws a ProtocolError.
 */
export async function writeUploadedModel(name: string, files: UploadedFiles): Promise<ModelVersionSource[]> {
  const contents = checkedFiles(name, files);
  const versions = [...contents.keys()].flatMap((path) =>
    path.endsWith('/model.onnx') ? [path.split('/')[0]!] : [],
  );
  if (versions.length === 0) {
    throw invalidArgument(`failed to load ${quoted(name)}: an upload needs 'file:<version>/model.onnx'`);
  }
  const folder = await mkdtemp(join(tmpdir(), 'thorax-upload-'));
  try {
    for (const [path, bytes] of contents) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), bytes, { mode: 0o600 });
    }
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  let left = versions.length;
  const disposer = () => {
    let disposed = false;
    return async () => {
      if (disposed) return;
      disposed = true;
      if (--left === 0) await rm(folder, { recursive: true, force: true });
    };
  };
  return versions.map((version) => sourceOf({ name, version, folder, contents, dispose: disposer() }));
}

function sourceOf({
  name,
  version,
  folder,
  contents,
  dispose,
}: {
  name: string;
  version: string;
  folder: string;
  contents: ReadonlyMap<string, Uint8Array>;
  dispose: () => Promise<void>;
}): ModelVersionSource {
  const model = contents.get(`${version}/model.onnx`)!;
  const config = [`${version}/${SHARED_CONFIG}`, SHARED_CONFIG].find((path) => contents.has(path));
  const digest = createHash('sha256').update(model);
  if (config) digest.update('|').update(contents.get(config)!);
  return {
    name,
    version,
    modelPath: join(folder, version, 'model.onnx'),
    ...(config && { configPath: join(folder, config) }),
    fileBytes: model.length,
    fingerprint: `upload:${digest.digest('hex')}`,
    dispose,
  };
}

function checkedFiles(name: string, files: UploadedFiles): Map<string, Uint8Array> {
  const failure = (why: string) => invalidArgument(`failed to load ${quoted(name)}: ${why}`);
  if (!MODEL_NAME.test(name)) throw failure('a name has letters, digits, points, dashes and underscores');
  if (files.size > MAX_FILES) throw failure(`at most ${MAX_FILES} files, got ${files.size}`);
  const contents = new Map<string, Uint8Array>();
  for (const [path, content] of files) {
    if (path !== SHARED_CONFIG && !MODEL_FILE.test(path)) {
      throw failure(
        `${quoted(`file:${path}`)} is none of <version>/model.onnx, [<version>/]model_config.yaml`,
      );
    }
    const bytes = typeof content === 'string' ? decodeBase64(content) : content;
    if (!bytes) throw failure(`${quoted(`file:${path}`)} is not base64`);
    contents.set(path, bytes);
  }
  return contents;
}

/** `undefined` for anything but base64: Node passes over what it does not understand, so the length tells. */
function decodeBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64');
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return bytes.length === Math.floor(((text.length - padding) * 3) / 4) ? bytes : undefined;
}
