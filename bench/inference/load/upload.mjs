import { Agent, request } from 'node:http';
import { stamp } from '../inputs/films.mjs';

const BOUNDARY = 'thorax-bench-boundary';

/** A form with one file, in a buffer of its own; `renew` makes the file another one. */
export function formUpload(film, path = '/predict') {
  const head = Buffer.from(
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="${film.file}"\r\n` +
      'Content-Type: application/octet-stream\r\n\r\n',
  );
  const body = Buffer.concat([head, film.bytes, Buffer.from(`\r\n--${BOUNDARY}--\r\n`)]);
  return {
    path,
    type: `multipart/form-data; boundary=${BOUNDARY}`,
    body,
    renew: () => stamp(body, head.length, film),
  };
}

/** The same as a request of the V2 inference protocol, the file in base64, for servers that only speak that. */
export function protocolUpload(film, model) {
  const input = { name: 'image', shape: [1, 1], datatype: 'BYTES', parameters: { content_type: 'base64' } };
  const body = JSON.stringify({ inputs: [{ ...input, data: [film.bytes.toString('base64')] }] });
  return {
    path: `/v2/models/${model}/infer`,
    type: 'application/json',
    body: Buffer.from(body),
    renew: () => undefined,
  };
}

/** Keeps its connections; ends with `close`. */
export class Uploader {
  #agent;
  #target;

  constructor(url, connections) {
    const { hostname, port } = new URL(url);
    this.#target = { hostname, port };
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /** Sends one upload and resolves with the answer's text. Rejects unless it is a success. */
  send({ path, type, body }) {
    const headers = { 'content-type': type, 'content-length': body.length };
    return new Promise((resolve, reject) => {
      const sent = request(
        { ...this.#target, agent: this.#agent, method: 'POST', path, headers },
        (response) => {
          const chunks = [];
          response.on('data', (chunk) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString();
            if (response.statusCode >= 200 && response.statusCode < 300) resolve(text);
            else reject(new Error(`${path} answered ${response.statusCode}: ${text.slice(0, 300)}`));
          });
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  }

  close() {
    this.#agent.destroy();
  }
}
