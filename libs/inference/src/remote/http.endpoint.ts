import { numberOfFloat16 } from '../float16';
import { InputTensor, OutputTensor } from '../model-runner';
import { datatypeOf } from '../open-inference/datatype';
import { EndpointAddress } from './endpoint-address';
import { HttpAnswer, HttpExchange } from './http.exchange';
import { requireVersion } from './answered-tensors';
import { decodeInferAnswer, jsonOf } from './infer-answer.decoder';
import { invalidAnswer, RemoteFault, saidByServer } from './remote-fault';
import { largestAnswer, RemoteEndpoint, RemoteModelName, RemoteRun } from './remote.endpoint';
import { ServedModel, servedModelOf } from './served-model';

const MAX_DOCUMENT_BYTES = 1024 * 1024;
const HEADER_LENGTH = 'inference-header-content-length';
const UNAVAILABLE = [408, 429, 502, 503, 504];

/**
 * A server of the Open Inference Protocol over HTTP. Tensors travel as bytes after the JSON where the server lists the
 * extension `binary_tensor_data`, and inside it where it lists extensions without that one, as MLServer does. One
 * that lists none is tried: when it does not take the first request in the one form but in the other, that is kept.
 * Answers are read in either form.
 */
export class HttpEndpoint implements RemoteEndpoint {
  readonly label: string;
  private readonly exchange: HttpExchange;
  private readonly modelPath: string;
  private form: 'binary' | 'json' | 'unknown' = 'unknown';

  /** `maxConnections` ≥ 1 requests travel at once. */
  constructor(
    address: EndpointAddress,
    private readonly model: RemoteModelName,
    maxConnections: number,
  ) {
    const { name, version } = model;
    this.label = address.label;
    this.exchange = new HttpExchange(address, maxConnections);
    this.modelPath =
      `/v2/models/${encodeURIComponent(name)}` +
      (version === undefined ? '' : `/versions/${encodeURIComponent(version)}`);
  }

  async isReady(signal: AbortSignal): Promise<boolean> {
    for (const path of ['/v2/health/ready', `${this.modelPath}/ready`]) {
      const { status } = await this.get(path, signal);
      if (status !== 200) return false;
    }
    return true;
  }

  async describe(signal: AbortSignal): Promise<ServedModel> {
    const metadata = await this.get(this.modelPath, signal);
    requireSuccess(metadata);
    const config = await this.get(`${this.modelPath}/config`, signal);
    // Not every server has this one.
    const hasConfig = config.status !== 501 && (config.status < 400 || config.status > 499);
    if (hasConfig) requireSuccess(config);
    await this.learnForm(signal);
    const documents = { metadata: jsonOf(metadata.body), ...(hasConfig && { config: jsonOf(config.body) }) };
    return servedModelOf(documents, this.model);
  }

  async infer(run: RemoteRun, signal: AbortSignal): Promise<OutputTensor[]> {
    if (this.form !== 'unknown') return this.inferAs(this.form, run, signal);
    try {
      const outputs = await this.inferAs('binary', run, signal);
      this.form = 'binary';
      return outputs;
    } catch (error) {
      const mayBeTheForm = error instanceof RemoteFault && ['refused', 'failed'].includes(error.kind);
      if (!mayBeTheForm) throw error;
    }
    const outputs = await this.inferAs('json', run, signal);
    this.form = 'json';
    return outputs;
  }

  close(): void {
    this.exchange.close();
  }

  private async inferAs(
    form: 'binary' | 'json',
    run: RemoteRun,
    signal: AbortSignal,
  ): Promise<OutputTensor[]> {
    const { signature, version, input } = run;
    const batchSize = input.dims[0];
    const body = form === 'binary' ? binaryBody(run) : [jsonBody(run)];
    const answer = await this.exchange.send({
      method: 'POST',
      path: `${this.modelPath}/infer`,
      headers: {
        'Content-Type': form === 'binary' ? 'application/octet-stream' : 'application/json',
        ...(form === 'binary' && { [HEADER_LENGTH]: String(body[0]!.byteLength) }),
      },
      body,
      maxBytes: largestAnswer(signature, batchSize),
      signal,
    });
    requireSuccess(answer);
    const headerLength = answer.headers[HEADER_LENGTH] as string | undefined;
    const { outputs, modelVersion } = decodeInferAnswer(
      { body: answer.body, headerLength },
      { outputs: signature.outputs, batchSize },
    );
    requireVersion(modelVersion, version);
    return outputs;
  }

  private async learnForm(signal: AbortSignal): Promise<void> {
    if (this.form !== 'unknown') return;
    const { status, body } = await this.get('/v2', signal);
    if (status !== 200) return;
    const { extensions } = (jsonOf(body) ?? {}) as { extensions?: unknown };
    if (Array.isArray(extensions)) this.form = extensions.includes('binary_tensor_data') ? 'binary' : 'json';
  }

  private get(path: string, signal: AbortSignal): Promise<HttpAnswer> {
    return this.exchange.send({ method: 'GET', path, maxBytes: MAX_DOCUMENT_BYTES, signal });
  }
}

function requireSuccess({ status, body }: HttpAnswer): void {
  if (status === 200) return;
  // Only what is meant as a message: some servers quote the request in their answer.
  const text = Buffer.from(body.subarray(0, 4096)).toString();
  const message = /"(?:error|detail)"\s*:\s*"((?:[^"\\]|\\.)*)/.exec(text)?.[1] ?? '';
  const reason = `HTTP ${status}; ${saidByServer(message)}`;
  if (UNAVAILABLE.includes(status)) throw new RemoteFault('unavailable', reason);
  if (status < 400) throw invalidAnswer(reason);
  // A model that is not there may be elsewhere.
  throw new RemoteFault(status >= 500 || status === 404 ? 'failed' : 'refused', reason);
}

function binaryBody({ input, signature }: RemoteRun): Uint8Array[] {
  const { data, dims, type } = input;
  const json = JSON.stringify({
    inputs: [
      {
        name: signature.inputs[0]!.name,
        datatype: datatypeOf(type),
        shape: dims,
        parameters: { binary_data_size: data.byteLength },
      },
    ],
    outputs: signature.outputs.map(({ name }) => ({ name, parameters: { binary_data: true } })),
  });
  return [Buffer.from(json), new Uint8Array(data.buffer, data.byteOffset, data.byteLength)];
}

/** Non-finite numbers appear bare, as Triton has it. */
function jsonBody({ input, signature }: RemoteRun): Uint8Array {
  const { dims, type } = input;
  const head = JSON.stringify({ name: signature.inputs[0]!.name, datatype: datatypeOf(type), shape: dims });
  const outputs = JSON.stringify(signature.outputs.map(({ name }) => ({ name })));
  const data = numbersOf(input).join(',');
  return Buffer.from(`{"inputs":[${head.slice(0, -1)},"data":[${data}]}],"outputs":${outputs}}`);
}

function numbersOf({ type, data }: InputTensor): ArrayLike<number> & { join(separator: string): string } {
  return type === 'float16' ? Array.from(data as Uint16Array, numberOfFloat16) : data;
}
