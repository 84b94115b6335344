/** An answer of the Open Inference Protocol. */
export interface TensorAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: { readonly error?: string } & Record<string, unknown>;
}

/** Sends bytes (or an object as JSON) the way clients of the protocol do: without a media type. */
export async function callTensors(
  url: string,
  body?: Uint8Array | object,
  headers: Record<string, string> = {},
  method = body === undefined ? 'GET' : 'POST',
): Promise<TensorAnswer> {
  const bytes = body === undefined || body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body));
  const init = { method, headers, ...(bytes && { body: new Uint8Array(bytes) }) };
  const response = await fetch(url, init);
  const text = await response.text();
  const isJson = response.headers.get('content-type') === 'application/json';
  return {
    status: response.status,
    headers: response.headers,
    body: isJson ? (JSON.parse(text) as TensorAnswer['body']) : {},
  };
}

/** A request with one binary tensor: JSON, then its bytes. */
export function binaryRequest(
  tensor: { readonly name: string; readonly datatype: string; readonly shape: readonly number[] },
  data: Uint8Array,
  rest: object = {},
): { body: Buffer; headers: Record<string, string> } {
  const inputs = [{ ...tensor, parameters: { binary_data_size: data.length } }];
  const json = Buffer.from(JSON.stringify({ inputs, ...rest }));
  return {
    body: Buffer.concat([json, data]),
    headers: { 'Inference-Header-Content-Length': String(json.length) },
  };
}
