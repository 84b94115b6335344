import { resolve } from 'node:path';
import { availableParallelism } from 'node:os';
import { SERVING_PROFILES, ServingProfile } from '@thorax/inference';
import { Transform } from 'class-transformer';
import {
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  IsUrl,
  Matches,
  Max,
  Min,
  ValidateIf,
} from 'class-validator';

/** What a replica may do; `THORAX_ROLES` picks some of them, all by default. */
export const ROLES = ['http', 'worker'] as const;
export type Role = (typeof ROLES)[number];

const mebibyte = 1024 * 1024;

const toNumber = ({ value }: { value: unknown }) =>
  value === undefined || value === '' ? undefined : Number(value);
const toList = ({ value }: { value: unknown }) =>
  String(value)
    .split(',')
    .map((item) => item.trim());
const database = { protocols: ['postgres', 'postgresql'], require_tld: false, require_host: false };

/**
 * The whole configuration, read once at start from the environment; nothing else reads `process.env`.
 * Names carry their units. MODEL_PATH, BATCH_SIZE, MAX_WORKERS and DEVICE keep the names that
 * deployments of the original system already set.
 */
export class Env {
  /** Roles of this replica, comma-separated. */
  @Transform(toList)
  @IsIn(ROLES, { each: true })
  THORAX_ROLES: Role[] = [...ROLES];

  /** Folder of everything this installation remembers when no external services are configured. */
  @IsString()
  THORAX_HOME = '.thorax';

  /** Address to listen on; loopback unless it is meant to be reached from elsewhere. */
  @IsString()
  HOST = '127.0.0.1';

  /** TCP port; 0 lets the system choose a free one. */
  @Transform(toNumber)
  @IsInt()
  @Min(0)
  @Max(65535)
  PORT = 3000;

  /** PostgreSQL to use; leave it out for the embedded one. */
  @IsOptional()
  @IsUrl(database)
  DATABASE_URL?: string;

  /** Redis for the queues; leave it out to keep them in PostgreSQL. */
  @IsOptional()
  @Matches(/^rediss?:\/\//)
  REDIS_URL?: string;

  /**
   * TCP port for the Open Inference Protocol alone, 8000 where Triton is replaced; 0 lets the system choose. It is
   * always served at /v2 of PORT as well.
   */
  @IsOptional()
  @Transform(toNumber)
  @IsInt()
  @Min(0)
  @Max(65535)
  OPEN_INFERENCE_PORT?: number;

  /** TCP port for the Open Inference Protocol over gRPC, 8001 where Triton is replaced; 0 lets the system choose. */
  @IsOptional()
  @Transform(toNumber)
  @IsInt()
  @Min(0)
  @Max(65535)
  OPEN_INFERENCE_GRPC_PORT?: number;

  /** Largest request of the Open Inference Protocol, as sent and decompressed; eight of them are held at once. */
  @Transform(toNumber)
  @IsInt()
  @Min(1)
  OPEN_INFERENCE_MAX_BODY_BYTES = 64 * mebibyte;

  /**
   * NaN and infinity in tensors of the Open Inference Protocol: no image has them. Accept them to measure with
   * perf_analyzer, which sends random bytes unless it is told `--input-data zero`.
   */
  @IsIn(['refuse', 'accept'])
  OPEN_INFERENCE_NON_FINITE: 'refuse' | 'accept' = 'refuse';

  /** The detector: an ONNX file, with its model_config.yaml beside it where there is one. */
  @IsString()
  MODEL_PATH = 'models/demonstration/model.onnx';

  /**
   * Folder of further models in Triton's layout, `<name>/<version>/model.onnx`; leave it out to serve MODEL_PATH
   * alone.
   */
  @IsOptional()
  @IsString()
  MODEL_REPOSITORY?: string;

  /**
   * What of MODEL_REPOSITORY is loaded at start: `none` (clients load what they need), `all`, or a comma-separated
   * list of `name` (its latest version) and `name:version`.
   */
  @Transform(toList)
  @Matches(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}(:[1-9]\d{0,8})?$/, { each: true })
  MODEL_REPOSITORY_LOAD: string[] = ['none'];

  /** Memory that all models may take together; half the machine's when left out. A load that does not fit is refused. */
  @IsOptional()
  @Transform(toNumber)
  @IsInt()
  @Min(1)
  MODEL_MEMORY_BUDGET_BYTES?: number;

  /** Largest ONNX file that is opened from MODEL_REPOSITORY, or inspected when it is registered. */
  @Transform(toNumber)
  @IsInt()
  @Min(1)
  MODEL_MAX_FILE_BYTES = 512 * mebibyte;

  /** Model files in load requests of the Open Inference Protocol. They run here: accept them from whom you trust. */
  @IsIn(['refuse', 'accept'])
  OPEN_INFERENCE_UPLOADS: 'refuse' | 'accept' = 'refuse';

  /**
   * Servers of the Open Inference Protocol that run the model in place of MODEL_PATH, which is then not read:
   * comma-separated `http://host:8000`, `https://…`, `grpc://host:8001` or `grpcs://…`, the preferred first. All must
   * serve the same model.
   */
  @IsOptional()
  @Transform(toList)
  @Matches(/^(https?|grpcs?):\/\/[^\s@/]+(\/[^\s@]*)?$/, { each: true })
  MODEL_ENDPOINTS?: string[];

  /** Name of the model on those servers; needed with MODEL_ENDPOINTS. */
  @ValidateIf((env: Env) => env.MODEL_ENDPOINTS !== undefined || env.MODEL_REMOTE_NAME !== undefined)
  @IsString()
  MODEL_REMOTE_NAME?: string;

  /** Its version; the one the servers choose when left out. */
  @IsOptional()
  @IsString()
  MODEL_REMOTE_VERSION?: string;

  /**
   * A model_config.yaml with what the servers do not say: thresholds, class names, normalisation, batching. Left out,
   * class names and the largest batch come from the servers where these tell, and everything else is the default.
   */
  @IsOptional()
  @IsString()
  MODEL_REMOTE_CONFIG_PATH?: string;

  /** Longest time for one run on those servers, repetitions included; at most half of INFERENCE_TIMEOUT_MS is used. */
  @Transform(toNumber)
  @IsInt()
  @Min(1)
  MODEL_REMOTE_TIMEOUT_MS = 10_000;

  /**
   * `on` rewrites the model's graph at its first load, where that is proven to change nothing and to be faster
   * here, and keeps the result under THORAX_HOME. The first start then takes seconds to a minute longer.
   */
  @IsIn(['off', 'on'])
  MODEL_PREPARATION: 'off' | 'on' = 'off';

  /** Device to run the model on. */
  @IsIn(['cpu', 'cuda'])
  DEVICE: 'cpu' | 'cuda' = 'cpu';

  /**
   * What separates detector workers from the rest: `process` survives faults of native code, at the price
   * of one copy of each image.
   */
  @IsIn(['thread', 'process'])
  DETECTOR_ISOLATION: 'thread' | 'process' = 'thread';

  /**
   * What this server is for: `throughput` (a worker a core), `latency` (one worker on all cores), `edge` (least
   * memory) or `auto` (edge on a small machine). It stands for MAX_WORKERS, INTRA_OP_THREADS, INFERENCE_QUEUE_LENGTH,
   * MAX_HELD_IMAGE_BYTES and MODEL_RUN_MEMORY, each of which wins where it is set.
   */
  @IsIn(SERVING_PROFILES)
  INFERENCE_PROFILE: ServingProfile = 'throughput';

  /** Detector workers of the primary model; each holds the model. */
  @Transform(toNumber)
  @IsInt()
  @Min(1)
  @Max(256)
  MAX_WORKERS = availableParallelism();

  /** Threads of one run of the primary model; the cores shared among the workers when left out. */
  @IsOptional()
  @Transform(toNumber)
  @IsInt()
  @Min(1)
  @Max(256)
  INTRA_OP_THREADS?: number;

  /** Image bytes that wait or are worked on at once, of each model; more is answered 503. */
  @Transform(toNumber)
  @IsInt()
  @Min(1)
  MAX_HELD_IMAGE_BYTES = 512 * mebibyte;

  /** `keep` lets the runtime keep memory between runs, which is faster; `return` gives it back after each. */
  @IsIn(['keep', 'return'])
  MODEL_RUN_MEMORY: 'keep' | 'return' = 'keep';

  /** Largest batch that may be formed; the model's own max_batch_size when left out. */
  @IsOptional()
  @Transform(toNumber)
  @IsInt()
  @Min(1)
  @Max(256)
  BATCH_SIZE?: number;

  /** Requests that may wait for a detector thread; one more is answered 503. */
  @Transform(toNumber)
  @IsInt()
  @Min(1)
  INFERENCE_QUEUE_LENGTH = 128;

  /** Longest time from a request's arrival in the queue to its result. */
  @Transform(toNumber)
  @IsInt()
  @Min(100)
  INFERENCE_TIMEOUT_MS = 30_000;

  /** Largest single image file. */
  @Transform(toNumber)
  @IsInt()
  @Min(1)
  MAX_IMAGE_BYTES = 64 * mebibyte;

  /** Largest sum of the files of one batch request. */
  @Transform(toNumber)
  @IsInt()
  @Min(1)
  MAX_BATCH_BYTES = 256 * mebibyte;

  /** Files in one batch request. */
  @Transform(toNumber)
  @IsInt()
  @Min(1)
  MAX_BATCH_FILES = 64;

  /** Files in one background job. */
  @Transform(toNumber)
  @IsInt()
  @Min(1)
  MAX_JOB_FILES = 1_000;

  /** Largest sum of the files of one background job; they pass through memory one by one. */
  @Transform(toNumber)
  @IsInt()
  @Min(1)
  MAX_JOB_BYTES = 4 * 1024 * mebibyte;

  /** Largest artifact of a training run: weights, plots, reports. Bytes pass through to the object store. */
  @Transform(toNumber)
  @IsInt()
  @Min(1)
  MAX_ARTIFACT_BYTES = 16 * 1024 * mebibyte;

  /**
   * Whether a model version may skip stages on its way to Production. Clients of MLflow know no Canary, so they
   * need `allow`; every skip stands in the version's history as one.
   */
  @IsIn(['allow', 'refuse'])
  REGISTRY_STAGE_SKIPS: 'allow' | 'refuse' = 'allow';

  /** Versions without an ONNX file: `record` lets them into every stage (they run elsewhere), `require` into Staging. */
  @IsIn(['record', 'require'])
  REGISTRY_INSPECTION: 'record' | 'require' = 'record';

  /** Folder of Ed25519 public keys (`*.pem`): registered ONNX files then need a signature by one of them, `<file>.sig`. */
  @IsOptional()
  @IsString()
  MODEL_SIGNING_KEYS?: string;

  /**
   * `require`: a version goes forward to Canary or Production only with a gate run that passed or was approved.
   * `record`: what the gate said stands in the version's history, and nothing is held up, as MLflow's clients expect.
   */
  @IsIn(['require', 'record'])
  REGISTRY_GATES: 'require' | 'record' = 'record';

  /** The policy of the promotion gate, a YAML file. */
  @IsString()
  REGISTRY_GATE_POLICY = 'libs/registry/policies/default-gate.yaml';

  /** Largest image, width times height. The largest detectors in use have 18 million pixels. */
  @Transform(toNumber)
  @IsInt()
  @Min(1)
  MAX_IMAGE_PIXELS = 20_000_000;

  /** Younger patients are refused where the DICOM header gives an age: the detector learned from adults. */
  @Transform(toNumber)
  @IsNumber()
  @Min(0)
  MIN_PATIENT_AGE_YEARS = 16;

  /**
   * Where results of images are kept, so that the same image is not run twice: in this process, in Redis for all
   * replicas, or nowhere. Redis needs REDIS_URL.
   */
  @IsIn(['off', 'memory', 'redis'])
  RESULT_CACHE: 'off' | 'memory' | 'redis' = 'memory';

  /** Bytes of all kept results: of this process in memory, of all replicas together in Redis. */
  @Transform(toNumber)
  @IsInt()
  @Min(1)
  RESULT_CACHE_BYTES = 64 * mebibyte;

  /** How long Redis keeps a result. */
  @Transform(toNumber)
  @IsNumber()
  @Min(0.001)
  RESULT_CACHE_TTL_HOURS = 24;

  /** How long shutdown may wait for running requests. */
  @Transform(toNumber)
  @IsInt()
  @Min(0)
  SHUTDOWN_GRACE_MS = 10_000;

  /** Age after which a stored image that no prediction refers to is removed. */
  @Transform(toNumber)
  @IsNumber()
  @Min(0)
  UNREFERENCED_IMAGE_RETENTION_HOURS = 24;

  /** Age after which a stored artifact that no path leads to is removed. */
  @Transform(toNumber)
  @IsNumber()
  @Min(0)
  UNREFERENCED_ARTIFACT_RETENTION_HOURS = 24;

  @IsIn(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
  LOG_LEVEL = 'info';

  get home(): string {
    return resolve(this.THORAX_HOME);
  }
}
