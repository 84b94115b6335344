import { promisify } from 'node:util';
import { deflate, gunzip, gzip, inflate } from 'node:zlib';
import { invalidArgument } from './protocol.error';

/** Compressions of the protocol. `deflate` is the zlib format. */
export type ContentCoding = 'gzip' | 'deflate';

const FAST = { level: 1 };
const decoders = { gzip: promisify(gunzip), deflate: promisify(inflate) };
const encoders = {
  gzip: (bytes: Uint8Array) => promisify(gzip)(bytes, FAST),
  deflate: (bytes: Uint8Array) => promisify(deflate)(bytes, FAST),
};

/**
 * The content of a body sent with this `Content-Encoding`, at most `maxBytes` long whatever it claims. Works in the
 * thread pool. Rejects with an `invalid-argument` ProtocolError.
 */
export async function decodeContent(
  body: Uint8Array,
  encoding: string | undefined,
  maxBytes: number,
): Promise<Uint8Array> {
  const coding = (encoding ?? 'identity').trim().toLowerCase();
  if (coding === 'identity' || coding === '') return body;
  if (coding !== 'gzip' && coding !== 'deflate') {
    throw invalidArgument('unsupported Content-Encoding; this server knows gzip, deflate and identity');
  }
  try {
    return await decoders[coding](body, { maxOutputLength: maxBytes });
  } catch (error) {
    const tooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    throw invalidArgument(
      tooLarge
        ? `the decompressed request is larger than ${maxBytes} bytes`
        : `failed to decompress the request body: it is not complete ${coding} data`,
    );
  }
}

/** Compresses, preferring speed. Works in the thread pool. */
export function encodeContent(body: Uint8Array, coding: ContentCoding): Promise<Uint8Array> {
  return encoders[coding](body);
}

/** The compression to answer with, given `Accept-Encoding`; `undefined` for none. A coding with q=0 is refused. */
export function preferredCoding(accepted: string | undefined): ContentCoding | undefined {
  const wanted = (accepted ?? '').toLowerCase().split(',').map(codingAndWeight);
  const [best] = wanted
    .filter(({ name, weight }) => weight > 0 && (name === 'gzip' || name === 'deflate'))
    .sort((one, other) => other.weight - one.weight);
  return best?.name as ContentCoding | undefined;
}

function codingAndWeight(item: string): { name: string; weight: number } {
  const [name = '', ...parameters] = item.split(';').map((part) => part.trim());
  const weight = parameters.map((part) => /^q=([\d.]+)$/.exec(part)?.[1]).find(Boolean);
  return { name, weight: weight === undefined ? 1 : Number(weight) };
}
