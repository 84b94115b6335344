import * as fc from 'fast-check';
import { deflateSync, gzipSync } from 'node:zlib';
import { decodeContent, encodeContent, preferredCoding } from './content.coding';
import { ProtocolError } from './protocol.error';

describe('content coding', () => {
  it('gives back what was compressed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array(),
        fc.constantFrom('gzip' as const, 'deflate' as const),
        async (bytes, coding) => {
          const packed = await encodeContent(bytes, coding);
          expect(Buffer.from(await decodeContent(packed, coding.toUpperCase(), 1000))).toEqual(
            Buffer.from(bytes),
          );
        },
      ),
      { numRuns: 50 },
    );
  });

  it('passes what is not compressed', async () => {
    const body = Uint8Array.of(1);
    expect(await decodeContent(body, undefined, 0)).toBe(body);
    expect(await decodeContent(body, 'identity', 0)).toBe(body);
  });

  it.each([
    ['a bomb', gzipSync(new Uint8Array(1_000_000)), 'gzip', /larger than 1000/],
    ['another bomb', deflateSync(new Uint8Array(1_000_000)), 'deflate', /larger than 1000/],
    ['a truncation', gzipSync('hello world').subarray(0, -9), 'gzip', /failed to decompress/],
    ['nothing', new Uint8Array(), 'gzip', /failed to decompress/],
    ['something else', Buffer.from('{"inputs":[]}'), 'gzip', /failed to decompress/],
    ['an unknown coding', new Uint8Array(9), 'br', /unsupported Content-Encoding/],
    ['two codings', new Uint8Array(9), 'gzip, gzip', /unsupported Content-Encoding/],
  ])('refuses %s', async (_, body, coding, message) => {
    const decoding = decodeContent(body, coding, 1000);
    await expect(decoding).rejects.toThrow(ProtocolError);
    await expect(decoding).rejects.toThrow(message);
  });

  it.each([
    [undefined, undefined],
    ['', undefined],
    ['br', undefined],
    ['gzip', 'gzip'],
    ['deflate', 'deflate'],
    ['br, GZIP;q=0.5, deflate', 'deflate'],
    ['gzip;q=0', undefined],
    ['gzip, deflate, br', 'gzip'],
  ])('answers Accept-Encoding %p with %p', (accepted, coding) => {
    expect(preferredCoding(accepted)).toBe(coding);
  });
});
