import { availableParallelism } from 'node:os';
import { AdmissionRules } from './admission-rules';
import { Detection, DetectionWithCandidates, DrawableFinding, RenderedImage } from './detection';
import { DetectorPool, PoolModel, PoolStats, RequestOptions } from './detector-pool';
import { InferenceError, ModelUnavailableError } from './errors';
import { ModelDescription } from './model-description';
import { ModelSource } from './model.loader';
import { Device, ModelSignature } from './model-runner';
import { InferenceResult, RawInput, requireFittingTensor } from './raw-tensor';
import { DEFAULT_CONCURRENT_RUNS, RemoteModel } from './remote/remote.model-runner';
import { RunningConditions } from './result-cache/result-key';
import { Clock, systemClock } from './scheduling/clock';
import { DispatchPolicy } from './scheduling/dispatch-policy';
import { QueueRules } from './scheduling/queue-rules';
import { spawnWorkerProcess } from './worker/worker-process';
import { SpawnWorker, spawnWorkerThread } from './worker/worker-thread';

/** What separates workers from the rest. */
export type Isolation = 'thread' | 'process';

const SPAWN: Readonly<Record<Isolation, SpawnWorker>> = {
  thread: spawnWorkerThread,
  process: spawnWorkerProcess,
};

/** Everything a detector can be told; only `modelPath` is needed. */
export interface DetectorOptions {
  /** The ONNX file (MODEL_PATH); not read when there is `remote`. */
  readonly modelPath: string;
  /** Default: `model_config.yaml` beside the model, if there is one; none for a remote model. */
  readonly configPath?: string;
  /** Runs the model on other servers (MODEL_ENDPOINTS). Its runs should end before `stallTimeoutMs` do. */
  readonly remote?: RemoteModel;
  /** Default cpu (DEVICE). */
  readonly device?: Device;
  /** Worker threads (MAX_WORKERS); default one a core, at most 4, since each holds the model in memory. */
  readonly workers?: number;
  /** Threads of one run; default the cores shared among the workers. */
  readonly intraOpThreads?: number;
  /** Whether the runtime keeps memory between runs; default true, see `RunnerOptions`. */
  readonly keepsMemory?: boolean;
  /** Replaces name and version of the configuration. */
  readonly identity?: ModelSource['identity'];
  /** Replaces single settings of `serving` of the configuration. */
  readonly serving?: ModelSource['serving'];
  /** Prepares the model's graph for speed and keeps it in this folder; see `ModelSource.preparedFolder`. */
  readonly preparedFolder?: string;
  /** Replaces `serving.max_batch_size` (BATCH_SIZE). */
  readonly maxBatchSize?: number;
  /**
   * Groups of requests a worker holds at once; default 1. More only helps where decoding leaves cores idle, and with
   * a remote model, where the default is the runs that it may have under way.
   */
  readonly jobsPerWorker?: number;
  /** Requests that may wait; default 64. */
  readonly maxQueueSize?: number;
  /** Image bytes held at once, waiting and worked on; default 512 MiB. */
  readonly maxHeldBytes?: number;
  /** Default 60,000. */
  readonly requestTimeoutMs?: number;
  /** Default 20,000. */
  readonly stallTimeoutMs?: number;
  /** Default 120,000. */
  readonly startTimeoutMs?: number;
  /** Size limits and the gate; defaults of `@thorax/radiograph`. */
  readonly rules?: AdmissionRules;
  /** Replaces the model's own batching (`serving` of its configuration). */
  readonly policy?: DispatchPolicy;
  /** Whether batches are limited to sizes that measurably raise images/s; default true. */
  readonly adaptiveBatching?: boolean;
  /** Priority levels, their queue limits and timeouts, order of answers; default: the model's (`serving`). */
  readonly queue?: QueueRules;
  /**
   * Default `thread`. `process` contains faults of native code and costs a copy of each image; see ADR 0004.
   */
  readonly isolation?: Isolation;
  /** Replaced in tests. */
  readonly spawn?: SpawnWorker;
  readonly clock?: Clock;
}

/**
 * What readiness shows. A model whose files are at fault stays `unavailable` until the process is restarted; after
 * a worker that died while loading, a later one may still become ready.
 */
export type DetectorState =
  | { readonly status: 'loading' }
  | { readonly status: 'ready'; readonly model: ModelDescription }
  | {
      readonly status: 'unavailable';
      /** Why, and what to do about it. */
      readonly reason: string;
      /** Code of the error behind it, for example MODEL_FILE_MISSING. */
      readonly code: string;
    };

/**
 * The detector: one model behind worker threads, so that neither decoding nor arithmetic runs on the event loop.
 *
 * {@link create} returns at once and never fails because of the model; {@link state} tells how loading went and
 * {@link whenSettled} when. Until it is ready, `detect` rejects with {@link ModelUnavailableError}; rendering
 * works in any state once a worker runs. Call {@link close} to let the process end.
 */
export class Detector {
  private readonly pool: DetectorPool;
  private readonly device: Device;
  private readonly rules: AdmissionRules;
  private readonly settled: Promise<DetectorState>;
  private settle: (state: DetectorState) => void = () => undefined;

  /**
   * Starts the workers and loads the model in the background.
   * Throws `InvalidSchedulingRulesError` for queue rules that contradict themselves.
   */
  static create(options: DetectorOptions): Detector {
    return new Detector(options);
  }

  private constructor(options: DetectorOptions) {
    this.settled = new Promise((resolve) => (this.settle = resolve));
    const workers = options.workers ?? Math.min(availableParallelism(), 4);
    const { remote, device = 'cpu', rules = {} } = options;
    this.device = device;
    this.rules = rules;
    const threads = options.intraOpThreads ?? Math.max(1, Math.floor(availableParallelism() / workers));
    const concurrentRuns = remote ? (remote.maxConcurrentRuns ?? DEFAULT_CONCURRENT_RUNS) : 1;
    this.pool = new DetectorPool(
      {
        workers,
        jobsPerWorker: options.jobsPerWorker ?? concurrentRuns,
        maxQueueSize: options.maxQueueSize ?? 64,
        maxHeldBytes: options.maxHeldBytes ?? 512 * 1024 * 1024,
        requestTimeoutMs: options.requestTimeoutMs ?? 60_000,
        stallTimeoutMs: options.stallTimeoutMs ?? 20_000,
        startTimeoutMs: options.startTimeoutMs ?? 120_000,
        policy: options.policy,
        adaptiveBatching: options.adaptiveBatching,
        queue: options.queue,
        spawn: options.spawn ?? SPAWN[options.isolation ?? 'thread'],
        clock: options.clock ?? systemClock,
      },
      { model: { ...modelSourceOf(options), device, intraOpThreads: threads }, rules },
      (model) => this.settle(stateOf(model)),
    );
    this.pool.start();
  }

  /** How the model is doing, now. */
  get state(): DetectorState {
    return stateOf(this.pool.model);
  }

  /** The state as soon as it is no longer `loading`. Never rejects. */
  whenSettled(): Promise<DetectorState> {
    return this.settled;
  }

  /**
   * Finds abnormalities on one radiograph (JPEG, PNG or DICOM). `bytes` stay the caller's and must not change
   * until this settles; those in shared memory are not copied, see {@link RequestOptions.onWorkerLost}.
   *
   * Rejects with `ModelUnavailableError`, `QueueFullError`, `DeadlineUnreachableError`, `InferenceTimeoutError`,
   * `InferenceFailedError`, `DetectorClosedError`, `RefusedImageError` (no acceptable image),
   * `ProjectionRefusedError` (not for this model), or the reason of `signal`.
   */
  async detect(bytes: Uint8Array, options: RequestOptions = {}): Promise<Detection> {
    this.requireModel();
    return this.pool.submit({ kind: 'detect', bytes }, options);
  }

  /** Like {@link detect}, with what the findings were chosen from, for keeping. */
  async detectWithCandidates(
    bytes: Uint8Array,
    options: RequestOptions = {},
  ): Promise<DetectionWithCandidates> {
    this.requireModel();
    return this.pool.submit({ kind: 'detect', bytes, wantsCandidates: true }, options);
  }

  /**
   * Runs the model on a raw tensor of one or more images, batched with others like any request. `input.data` stay
   * the caller's and must not change until this settles; values are not looked at, NaN passes through.
   *
   * Rejects with {@link InvalidTensorError} before anything is queued, otherwise like {@link detect}.
   */
  async infer(input: RawInput, options: RequestOptions = {}): Promise<InferenceResult> {
    const model = this.requireModel();
    requireFittingTensor(input, model, this.pool.signature!);
    const { buffer, byteOffset, byteLength } = input.data;
    const bytes = new Uint8Array(buffer, byteOffset, byteLength);
    return this.pool.submit({ kind: 'infer', bytes, type: input.type, dims: input.dims }, options);
  }

  /** The model's inputs and outputs as the runner declares them; `undefined` until the model is ready. */
  get signature(): ModelSignature | undefined {
    return this.pool.signature;
  }

  /** What beside the model decides its answers to images; `undefined` until the model is ready. */
  get conditions(): RunningConditions | undefined {
    const { device, rules } = this;
    return this.signature && { device, rules, arithmetic: this.pool.arithmetic ?? '' };
  }

  /** The radiograph as an 8-bit grayscale PNG, as every part of the system sees it. Rejects like {@link detect}. */
  render(bytes: Uint8Array, options: RequestOptions = {}): Promise<RenderedImage> {
    return this.pool.submit({ kind: 'render', bytes }, options);
  }

  /** The same with findings drawn on it. `findings` are in pixels of that image. */
  renderOverlay(
    bytes: Uint8Array,
    findings: readonly DrawableFinding[],
    options: RequestOptions = {},
  ): Promise<RenderedImage> {
    const drawn = findings.map(({ class: name, confidence, box: { xMin, yMin, xMax, yMax } }) => ({
      class: name,
      confidence,
      box: { xMin, yMin, xMax, yMax },
    }));
    return this.pool.submit({ kind: 'overlay', bytes, findings: drawn }, options);
  }

  stats(): PoolStats {
    return this.pool.stats();
  }

  /** Finishes what was accepted, for at most `graceMs` (default 10 s), then stops all threads. Idempotent. */
  close(graceMs = 10_000): Promise<void> {
    return this.pool.drain(graceMs);
  }

  private requireModel(): ModelDescription {
    const { state } = this;
    if (state.status === 'loading') throw new ModelUnavailableError({ reason: 'it is still loading' });
    if (state.status === 'unavailable')
      throw new ModelUnavailableError({ reason: state.reason, causeCode: state.code });
    return state.model;
  }
}

/** What of the options is about the files, and nothing else: it travels to workers. */
function modelSourceOf(options: DetectorOptions): Omit<ModelSource, 'device' | 'intraOpThreads'> {
  const { modelPath, configPath, remote, preparedFolder, maxBatchSize, keepsMemory, identity, serving } =
    options;
  return { modelPath, configPath, remote, preparedFolder, maxBatchSize, keepsMemory, identity, serving };
}

function stateOf(model: PoolModel): DetectorState {
  if (model.status !== 'unavailable') return model;
  const { error } = model;
  if (!(error instanceof InferenceError))
    return { status: 'unavailable', reason: error.message, code: 'INFERENCE_FAILED' };
  return { status: 'unavailable', reason: `${error.message} ${error.remedy}`, code: error.code };
}
