import * as http from 'node:http';
import * as https from 'node:https';
import { EndpointAddress } from './endpoint-address';
import { invalidAnswer, RemoteFault } from './remote-fault';

/** A request. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  /** After the address' base path. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent one after the other, not copied; must not change until this settles. */
  readonly body?: readonly Uint8Array[];
  /** A longer answer is not read. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  /** With any other than 200, only the beginning of the body is read. */
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Uint8Array;
}

/** Requests to one server over connections that are kept. Redirections are not followed. */
export class HttpExchange {
  private readonly agent: http.Agent;
  private readonly request: typeof http.request;

  constructor(
    private readonly address: EndpointAddress,
    maxConnections: number,
  ) {
    const options = { keepAlive: true, maxSockets: maxConnections };
    this.agent = address.secure ? new https.Agent(options) : new http.Agent(options);
    this.request = address.secure ? https.request : http.request;
  }

  /** Rejects with a `RemoteFault`: `unavailable` when the connection fails, `invalid` for an answer too large. */
  async send(request: HttpRequest): Promise<HttpAnswer> {
    try {
      const response = await this.start(request);
      const failed = response.statusCode !== 200;
      const body = failed ? await beginningOf(response) : await contentOf(response, request.maxBytes);
      return { status: response.statusCode!, headers: response.headers, body };
    } catch (error) {
      if (error instanceof RemoteFault) throw error;
      const { code, message } = error as NodeJS.ErrnoException;
      // What the parser of HTTP refuses was an answer, though none of this protocol.
      if (code?.startsWith('HPE_')) throw invalidAnswer(`it is no HTTP (${code})`);
      throw new RemoteFault('unavailable', `the connection failed (${code ?? message.slice(0, 100)})`);
    }
  }

  close(): void {
    this.agent.destroy();
  }

  private start({ method, path, headers, body = [], signal }: HttpRequest): Promise<http.IncomingMessage> {
    const { host, port, basePath } = this.address;
    const length = body.reduce((sum, part) => sum + part.byteLength, 0);
    return new Promise((resolve, reject) => {
      const request = this.request({
        agent: this.agent, host: host.replace(/^\[|\]$/g, ''), port, method, path: basePath + path, signal,
        headers: { ...headers, ...(method === 'POST' && { 'Content-Length': length }) },
      }); // prettier-ignore
      request.on('error', reject);
      request.on('response', resolve);
      for (const part of body) request.write(part);
      request.end();
    });
  }
}

async function contentOf(response: http.IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const tooLarge = (): RemoteFault => {
    response.destroy();
    return invalidAnswer(`it is longer than the ${maxBytes} bytes that an answer can have`);
  };
  if (Number(response.headers['content-length'] ?? 0) > maxBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

/** Of an error the first 16 KiB: some servers send the whole request back in it. */
async function beginningOf(response: http.IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let left = 16 * 1024;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk.subarray(0, left));
    left -= chunk.length;
    // Leaving the loop ends the connection.
    if (left <= 0) break;
  }
  return Buffer.concat(chunks);
}
