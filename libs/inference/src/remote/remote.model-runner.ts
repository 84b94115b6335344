import { ModelRunFailedError } from '../errors';
import { InputTensor, ModelRunner, ModelSignature, OutputTensor } from '../model-runner';
import { Clock, systemClock } from '../scheduling/clock';
import { BreakerRules } from './circuit-breaker';
import { parseEndpoint } from './endpoint-address';
import { Failover } from './failover';
import { BackoffRules } from './failover.policy';
import { GrpcEndpoint } from './grpc.endpoint';
import { HttpEndpoint } from './http.endpoint';
import { RemoteFault } from './remote-fault';
import { InvalidRemoteModelError, RemoteModelChangedError, RemoteModelMissingError } from './remote.errors';
import { RemoteEndpoint } from './remote.endpoint';
import { ServedModel } from './served-model';

/** A model on servers of the Open Inference Protocol. Plain data, because it travels to worker threads. */
export interface RemoteModel {
  /** `http://`, `https://`, `grpc://` or `grpcs://` addresses of servers with the same model, the preferred first. */
  readonly endpoints: readonly string[];
  readonly modelName: string;
  /** Left out: the one that the servers choose. */
  readonly modelVersion?: string;
  /** Longest time for one run with all its repetitions; default 10,000, ≥ 1. */
  readonly timeoutMs?: number;
  /** Runs under way at once, ≥ 1; default 4. */
  readonly maxConcurrentRuns?: number;
}

/** Replaced in tests. */
export interface RemoteSurroundings {
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly breaker?: BreakerRules;
  readonly backoff?: BackoffRules;
}

export const DEFAULT_REMOTE_TIMEOUT_MS = 10_000;
export const DEFAULT_CONCURRENT_RUNS = 4;

/** A remote model that has been found. */
export interface OpenedRemoteModel {
  readonly runner: ModelRunner;
  readonly served: ServedModel;
}

/**
 * Finds a model on the first endpoint that answers. Runs later go to whichever endpoint answers, after that has
 * described the same model; see {@link Failover}.
 *
 * Throws `InvalidRemoteModelError`, `RemoteEndpointUnavailableError`, `RemoteModelMissingError`,
 * `RemoteAnswerInvalidError`, and `RemoteModelChangedError` when `expectedSha256` is given and is not the digest.
 */
export async function openRemoteModel(
  remote: RemoteModel,
  expectedSha256?: string,
  surroundings: RemoteSurroundings = {},
): Promise<OpenedRemoteModel> {
  const { modelName, timeoutMs = DEFAULT_REMOTE_TIMEOUT_MS } = remote;
  let wanted = expectedSha256;
  const failover = new Failover(endpointsOf(remote), {
    clock: systemClock,
    random: Math.random,
    ...surroundings,
    verify: async (endpoint, signal) => {
      if (wanted !== undefined) await describeSame(endpoint, signal, modelName, wanted);
    },
  });
  try {
    const served = await failover.run(timeoutMs, (endpoint, signal) =>
      describeSame(endpoint, signal, modelName, wanted),
    );
    wanted = served.digestSha256;
    return { served, runner: new RemoteModelRunner(failover, { served, timeoutMs, remote }) };
  } catch (error) {
    failover.close();
    throw error;
  }
}

/** The endpoint's description, which must have the digest `expectedSha256` where that is known. */
async function describeSame(
  endpoint: RemoteEndpoint,
  signal: AbortSignal,
  model: string,
  expectedSha256: string | undefined,
): Promise<ServedModel> {
  const served = await describeIfThere(endpoint, signal, model);
  const { digestSha256: gotSha256 } = served;
  if (expectedSha256 === undefined || expectedSha256 === gotSha256) return served;
  const details = { endpoint: endpoint.label, model, expectedSha256, gotSha256 };
  const ending = new RemoteModelChangedError(details);
  throw new RemoteFault('changed', `it describes another model (${gotSha256.slice(0, 12)}…)`, ending);
}

async function describeIfThere(
  endpoint: RemoteEndpoint,
  signal: AbortSignal,
  model: string,
): Promise<ServedModel> {
  try {
    return await endpoint.describe(signal);
  } catch (error) {
    const isMissing = error instanceof RemoteFault && (error.kind === 'refused' || error.kind === 'failed');
    if (!isMissing) throw error;
    const ending = new RemoteModelMissingError({ endpoint: endpoint.label, model, reason: error.reason });
    throw new RemoteFault('failed', error.reason, ending);
  }
}

function endpointsOf(remote: RemoteModel): RemoteEndpoint[] {
  const { modelName: name, modelVersion: version, maxConcurrentRuns = DEFAULT_CONCURRENT_RUNS } = remote;
  const { timeoutMs = DEFAULT_REMOTE_TIMEOUT_MS } = remote;
  requireThat(remote.endpoints.length > 0, 'endpoints', 'at least one address', 'none');
  requireThat(name !== '', 'name', 'given', 'none');
  requireThat(timeoutMs >= 1, 'timeout', 'at least 1 ms', `${timeoutMs}`);
  requireThat(maxConcurrentRuns >= 1, 'concurrent runs', 'at least 1', `${maxConcurrentRuns}`);
  const addresses = remote.endpoints.map(parseEndpoint);
  const model = { name, ...(version !== undefined && { version }) };
  return addresses.map((address) =>
    // One more than there are runs, for probes.
    address.protocol === 'grpc'
      ? new GrpcEndpoint(address, model)
      : new HttpEndpoint(address, model, maxConcurrentRuns + 1),
  );
}

function requireThat(holds: boolean, what: string, expected: string, got: string): void {
  if (!holds) throw new InvalidRemoteModelError({ what, expected, got });
}

/** Runs a model on servers. Runs may overlap; the outputs of each are its own. */
class RemoteModelRunner implements ModelRunner {
  readonly signature: ModelSignature;
  readonly maxConcurrentRuns: number;
  private readonly version?: string;
  private readonly timeoutMs: number;
  private closed = false;

  constructor(
    private readonly failover: Failover,
    { served, timeoutMs, remote }: { served: ServedModel; timeoutMs: number; remote: RemoteModel },
  ) {
    this.signature = served.signature;
    this.version = served.version;
    this.timeoutMs = timeoutMs;
    this.maxConcurrentRuns = remote.maxConcurrentRuns ?? DEFAULT_CONCURRENT_RUNS;
  }

  async run(input: InputTensor, timeoutMs = Infinity): Promise<OutputTensor[]> {
    if (this.closed) throw new ModelRunFailedError({ reason: 'the runner is closed' });
    requireFit(input, this.signature);
    const run = { input, signature: this.signature, version: this.version };
    const leftMs = Math.min(this.timeoutMs, Math.max(0, timeoutMs));
    return this.failover.run(leftMs, (endpoint, signal) => endpoint.infer(run, signal));
  }

  async close(): Promise<void> {
    this.closed = true;
    this.failover.close();
  }
}

/** A server need not be asked to refuse what its description rules out. */
function requireFit({ type, dims, data }: InputTensor, { inputs }: ModelSignature): void {
  const declared = inputs[0]!;
  const shown = (sides: readonly (number | undefined)[]): string =>
    sides.map((side) => side ?? 'any').join(', ');
  const fits =
    dims.length === declared.dims.length &&
    declared.dims.every((side, index) => side === undefined || side === dims[index]);
  const elements = dims.reduce((product, side) => product * side, 1);
  if (type === declared.type && fits && data.length === elements) return;
  throw new ModelRunFailedError({
    reason:
      `input ${declared.name} takes ${declared.type} [${shown(declared.dims)}], ` +
      `got ${data.length} elements as ${type} [${shown(dims)}]`,
  });
}
