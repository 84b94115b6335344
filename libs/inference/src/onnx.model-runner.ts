import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { ModelRunFailedError, UnsupportedDeviceError } from './errors';
import { float16ToFloat32 } from './float16';
import {
  InputTensor,
  ModelRunner,
  ModelSignature,
  OutputTensor,
  RunnerOptions,
  TensorSignature,
} from './model-runner';

type Runtime = typeof import('onnxruntime-node');

const LOG_FATAL_ONLY = 4;

/** ONNX Runtime could not make a session of the bytes; `reason` is its own explanation. */
export class UnloadableModelError extends Error {
  constructor(readonly reason: string) {
    super(reason);
    this.name = new.target.name;
  }
}

/**
 * Opens a model held in memory with ONNX Runtime; loading and running block the calling thread.
 *
 * `bytes` may be released afterwards. Weights outside the file (`.onnx.data`) are not found.
 * Throws {@link UnloadableModelError} for bytes that are no valid model and {@link UnsupportedDeviceError} when
 * the device's provider is not installed.
 */
export async function openOnnxModel(bytes: Uint8Array, options: RunnerOptions): Promise<ModelRunner> {
  const runtime = loadRuntime();
  if (options.device !== 'cpu') requireProvider(runtime, options.device);
  const session = await createSession(runtime, bytes, options);
  return new OnnxModelRunner(runtime, session);
}

/**
 * Loads the native library on first use. With a global Float16Array, as Node 24 has it, the library's
 * JavaScript demands that type for float16 tensors and its native half then refuses it: without the global it
 * uses Uint16Array, which both halves know.
 */
function loadRuntime(): Runtime {
  Reflect.deleteProperty(globalThis, 'Float16Array');
  const runtime = require('onnxruntime-node') as Runtime;
  // Errors arrive as exceptions; printed as well they would only bypass the application's log.
  runtime.env.logLevel = 'fatal';
  return runtime;
}

/** Version of ONNX Runtime that models run on, for example 1.30.0. */
export function onnxRuntimeVersion(): string {
  return loadRuntime().env.versions.node ?? 'unknown';
}

function requireProvider(runtime: Runtime, device: string): void {
  const providers = runtime.listSupportedBackends().map((backend) => backend.name);
  if (!providers.includes(device)) {
    const reason = `this onnxruntime-node only has ${providers.join(', ')}`;
    throw new UnsupportedDeviceError({ device, reason });
  }
}

async function createSession(
  runtime: Runtime,
  bytes: Uint8Array,
  options: RunnerOptions,
): Promise<InferenceSession> {
  try {
    return await runtime.InferenceSession.create(bytes, {
      executionProviders: options.device === 'cpu' ? ['cpu'] : [options.device, 'cpu'],
      intraOpNumThreads: options.intraOpThreads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      enableCpuMemArena: options.keepsMemory ?? true,
      enableMemPattern: options.keepsMemory ?? true,
      logSeverityLevel: LOG_FATAL_ONLY,
    });
  } catch (error) {
    const reason = reasonOf(error);
    // A provider's shared library is only looked for now; without it this is not the model's fault.
    if (options.device !== 'cpu' && /libonnxruntime_providers|CUDA|cudnn/i.test(reason)) {
      throw new UnsupportedDeviceError({ device: options.device, reason });
    }
    throw new UnloadableModelError(reason);
  }
}

class OnnxModelRunner implements ModelRunner {
  readonly signature: ModelSignature;
  private closed = false;

  constructor(
    private readonly runtime: Runtime,
    private readonly session: InferenceSession,
  ) {
    this.signature = {
      inputs: session.inputMetadata.map(signatureOf),
      outputs: session.outputMetadata.map(signatureOf),
    };
  }

  async run(input: InputTensor): Promise<OutputTensor[]> {
    if (this.closed) throw new ModelRunFailedError({ reason: 'the runner is closed' });
    const feeds = { [this.session.inputNames[0]!]: this.tensorOf(input) };
    let results: InferenceSession.OnnxValueMapType;
    try {
      results = await this.session.run(feeds);
    } catch (error) {
      throw new ModelRunFailedError({ reason: reasonOf(error) });
    }
    return this.session.outputNames.map((name) => outputOf(name, results[name]!));
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.session.release();
  }

  private tensorOf({ type, dims, data }: InputTensor): Tensor {
    try {
      return new this.runtime.Tensor(type as 'float32', data as Float32Array, dims);
    } catch (error) {
      throw new ModelRunFailedError({ reason: reasonOf(error) });
    }
  }
}

function signatureOf(metadata: InferenceSession.ValueMetadata): TensorSignature {
  if (!metadata.isTensor) return { name: metadata.name, type: 'not a tensor', dims: [] };
  const dims = metadata.shape.map((dim) => (typeof dim === 'number' ? dim : undefined));
  return { name: metadata.name, type: metadata.type, dims };
}

function outputOf(name: string, tensor: Tensor): OutputTensor {
  const { data, dims, type } = tensor;
  if (type === 'float32') return { name, dims, data: data as Float32Array };
  if (type === 'float16') return { name, dims, data: float16ToFloat32(data as unknown as Uint16Array) };
  if (type === 'float64' || type === 'int32' || type === 'uint8') {
    return { name, dims, data: Float32Array.from(data as Iterable<number>) };
  }
  if (type === 'int64') return { name, dims, data: Float32Array.from(data as BigInt64Array, Number) };
  throw new ModelRunFailedError({
    reason: `output ${name} holds ${type}, which is not a number type read here`,
  });
}

function reasonOf(error: unknown): string {
  return error instanceof Error || (typeof error === 'object' && error !== null && 'message' in error)
    ? String((error as { message: unknown }).message)
    : String(error);
}
