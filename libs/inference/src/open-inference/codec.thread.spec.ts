import { monitorEventLoopDelay } from 'node:perf_hooks';
import { CodecThread } from './codec.thread';
import { ProtocolError } from './protocol.error';

// The real thread, from dist: `tsc -b` comes first.
jest.setTimeout(60_000);

const elements = 3 * 320 * 320;

function jsonRequest(values: readonly number[]): Buffer {
  const inputs = [{ name: 'images', datatype: 'FP32', shape: [values.length], data: values }];
  return Buffer.from(JSON.stringify({ inputs }));
}

describe('CodecThread', () => {
  let codec: CodecThread;
  beforeEach(() => (codec = new CodecThread()));
  afterEach(() => codec.close());

  it('reads and writes the same on the spot and on its thread', async () => {
    // Texts of a few thousand characters come from a buffer that Node shares among them.
    for (const length of [4, 4500, elements]) {
      const values = Array.from({ length }, (_, index) => index / 8);
      const { inputs } = await codec.decode(jsonRequest(values));
      expect(inputs[0]!.data).toEqual(Float32Array.from(values));
      const outputs = [{ name: 'a', dims: [length], data: Float32Array.from(values) }];
      const { body, headerLength } = await codec.encode({ modelName: 'm', modelVersion: '1', outputs }, [
        { name: 'a', binary: false },
      ]);
      expect(headerLength).toBeUndefined();
      expect(JSON.parse(body.toString())).toMatchObject({ outputs: [{ data: values }] });
    }
    expect(codec.size).toBe(0);
  });

  it('brings errors back as they were', async () => {
    const wrong = Buffer.from(jsonRequest(new Array(elements).fill(0)).toString().replace('FP32', 'INT8'));
    await expect(codec.decode(wrong)).rejects.toMatchObject({
      kind: 'invalid-argument',
      message: expect.stringMatching(/'INT8'/),
    });
    await expect(codec.decode(wrong)).rejects.toThrow(ProtocolError);
  });

  it('keeps the event loop free', async () => {
    await codec.decode(jsonRequest(new Array(elements).fill(0)));
    const bodies = Array.from({ length: 4 }, () =>
      jsonRequest(Array.from({ length: elements }, Math.random)),
    );
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    await Promise.all(bodies.map((body) => codec.decode(body)));
    delay.disable();
    expect(delay.percentile(99) / 1e6).toBeLessThan(50);
  });

  it('fails what a lost thread was at, and starts another', async () => {
    const lost = codec.decode(jsonRequest(new Array(elements).fill(0)));
    await codec.close();
    await expect(lost).rejects.toMatchObject({ kind: 'internal' });
    expect((await codec.decode(jsonRequest(new Array(elements).fill(1)))).inputs).toHaveLength(1);
    expect(codec.size).toBe(0);
  });
});
