import { ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const RUNTIMES = join(__dirname, '../../src/testing/python');
const START = 'from mlserver.cli import main; main()';
/** MLServer says each of these once, when both of its faces listen and the model is loaded. */
const READY = [/Uvicorn running/, /gRPC server running/, /Loaded model/];

/** The Python that has MLServer, or why there is none. */
export interface MlServerPython {
  readonly executable?: string;
  /** For the name of a skipped test; empty when there is one. */
  readonly missing: string;
}

/** The Python that THORAX_MLSERVER names. */
export function mlServerPython(executable: string | undefined): MlServerPython {
  const works =
    executable !== undefined &&
    existsSync(executable) &&
    spawnSync(executable, ['-c', 'import mlserver, onnxruntime']).status === 0;
  if (works) return { executable, missing: '' };
  return { missing: ' (skipped: THORAX_MLSERVER names no Python that imports mlserver and onnxruntime)' };
}

/** A running MLServer with one model, on loopback. */
export interface MlServer {
  readonly httpUrl: string;
  readonly grpcUrl: string;
  readonly httpPort: number;
  readonly grpcPort: number;
  /** Loads another model, version 3, under this name. */
  load(name: string, onnx: Uint8Array): Promise<void>;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
}

/** Starts MLServer with an ONNX model named `tiny`, version 3; resolves when it takes requests. */
export async function startMlServer(
  executable: string,
  onnx: Uint8Array,
  ports?: { readonly httpPort: number; readonly grpcPort: number },
): Promise<MlServer> {
  const folder = await mkdtemp(join(tmpdir(), 'thorax-mlserver-'));
  await writeModel(folder, 'tiny', onnx);
  const { httpPort, grpcPort } = ports ?? { httpPort: await freePort(), grpcPort: await freePort() };
  const child = spawn(executable, ['-c', START, 'start', folder], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      PYTHONPATH: RUNTIMES,
      PYTHONDONTWRITEBYTECODE: '1',
      PYTHONUNBUFFERED: '1',
      MLSERVER_PARALLEL_WORKERS: '0',
      MLSERVER_HOST: '127.0.0.1',
      MLSERVER_HTTP_PORT: String(httpPort),
      MLSERVER_GRPC_PORT: String(grpcPort),
      MLSERVER_GRPC_MAX_MESSAGE_LENGTH: String(256 * 1024 * 1024),
      MLSERVER_METRICS_ENDPOINT: '',
      MLSERVER_DEBUG: 'false',
    },
  });
  const gone = once(child, 'exit');
  await untilReady(child);
  return {
    httpUrl: `http://127.0.0.1:${httpPort}`,
    grpcUrl: `grpc://127.0.0.1:${grpcPort}`,
    httpPort,
    grpcPort,
    load: async (name, more) => {
      await writeModel(folder, name, more);
      const url = `http://127.0.0.1:${httpPort}/v2/repository/models/${name}/load`;
      const { status } = await fetch(url, { method: 'POST' });
      if (status !== 200) throw new Error(`MLServer did not load ${name}: ${status}`);
    },
    kill: async () => {
      child.kill('SIGKILL');
      await gone;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function writeModel(folder: string, name: string, onnx: Uint8Array): Promise<void> {
  await mkdir(join(folder, name));
  await writeFile(join(folder, name, 'model.onnx'), onnx);
  const settings = {
    name,
    implementation: 'onnx_served.OnnxServed',
    parameters: { uri: './model.onnx', version: '3' },
  };
  await writeFile(join(folder, name, 'model-settings.json'), JSON.stringify(settings));
}

function untilReady(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    const hear = (chunk: Buffer): void => {
      said += chunk.toString();
      if (READY.every((sign) => sign.test(said))) resolve();
    };
    child.stdout!.on('data', hear);
    child.stderr!.on('data', hear);
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`MLServer ended with ${code}:\n${said}`)));
  });
}

/** A port that nobody used a moment ago: MLServer cannot be asked to choose one. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
