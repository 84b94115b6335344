import { Agent, request } from 'node:http';

/**
 * A client that takes every answer as it comes, refusals and broken connections included, and never rejects.
 * Ends with `close`.
 */
export class Client {
  #agent;
  #target;

  /** `connections` at most; more requests wait for one. */
  constructor(url, connections = Infinity) {
    const { hostname, port } = new URL(url);
    this.#target = { hostname, port };
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /**
   * Resolves with `status` (0 where the connection broke), `text`, `retryAfter` and the time `ms`.
   * `leaveAfter(sent)` is called with the request once its body is written, to destroy it where that is the plan;
   * `cut` sends only so many bytes of the body and then leaves.
   */
  send({ path, type, body, headers = {}, method = 'POST', cut, leaveAfterMs }) {
    const started = performance.now();
    const all = {
      ...headers,
      ...(type && { 'content-type': type }),
      ...(body && { 'content-length': body.length }),
    };
    return new Promise((resolve) => {
      const done = (answer) => resolve({ ...answer, ms: performance.now() - started });
      const sent = request(
        { ...this.#target, agent: this.#agent, method, path, headers: all },
        (response) => {
          const chunks = [];
          response.on('data', (chunk) => chunks.push(chunk));
          response.on('error', () => done({ status: 0, text: '' }));
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString();
            done({ status: response.statusCode, text, retryAfter: response.headers['retry-after'] });
          });
        },
      );
      sent.on('error', () => done({ status: 0, text: '' }));
      if (cut !== undefined) sent.write(body.subarray(0, cut), () => sent.destroy());
      else sent.end(body);
      if (leaveAfterMs !== undefined) setTimeout(() => sent.destroy(), leaveAfterMs);
    });
  }

  close() {
    this.#agent.destroy();
  }
}
