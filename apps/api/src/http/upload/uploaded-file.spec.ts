import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { UploadMemory } from './upload.memory';
import { FileReception, UploadedFile } from './uploaded-file';

const MIB = 1024 * 1024;

function received(memory: UploadMemory, pieces: readonly Uint8Array[], expectedBytes: number): UploadedFile {
  const reception = new FileReception(memory, expectedBytes);
  for (const piece of pieces) reception.write(piece);
  return reception.finish();
}

describe('FileReception', () => {
  it('puts pieces together and knows their digest, in memory that held another file, whatever was announced', () => {
    const memory = new UploadMemory();
    const pieces = fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 8 });
    fc.assert(
      fc.property(pieces, fc.integer({ min: 0, max: 3000 }), (parts, expectedBytes) => {
        const file = received(memory, parts, expectedBytes);
        expect(Buffer.from(file.bytes)).toEqual(Buffer.concat(parts));
        expect(file.sha256).toBe(createHash('sha256').update(file.bytes).digest('hex'));
        expect(file.bytes.buffer).toBeInstanceOf(SharedArrayBuffer);
        file.release();
      }),
    );
  });

  it('asks for no more than 16 times what has arrived, and in the end for what was announced', () => {
    const memory = new UploadMemory();
    const take = jest.spyOn(memory, 'take');
    const piece = new Uint8Array(MIB / 2).fill(7);
    const file = received(memory, new Array<Uint8Array>(60).fill(piece), 40 * MIB);
    expect(file.bytes.length).toBe(30 * MIB);
    expect(file.bytes.every((byte) => byte === 7)).toBe(true);
    expect(take.mock.calls.map(([bytes]) => bytes / MIB)).toEqual([1, 24, 40]);
  });

  it('takes in more than was announced', () => {
    const pieces = [new Uint8Array(MIB), new Uint8Array(MIB), Uint8Array.of(5)];
    const { bytes } = received(new UploadMemory(), pieces, MIB);
    expect(bytes.length).toBe(2 * MIB + 1);
    expect(bytes.at(-1)).toBe(5);
  });

  it('gives memory back once, when it is released or cancelled', () => {
    const memory = new UploadMemory();
    const file = received(memory, [Uint8Array.of(1)], 1);
    file.release();
    file.release();
    expect(memory.take(1)).toBe(file.bytes.buffer);
    expect(memory.take(1)).not.toBe(file.bytes.buffer);
    const giveBack = jest.spyOn(memory, 'giveBack');
    new FileReception(memory, 1).cancel();
    expect(giveBack).toHaveBeenCalledTimes(1);
  });

  it('never gives back what somebody may still read', () => {
    const memory = new UploadMemory();
    const file = received(memory, [Uint8Array.of(1)], 1);
    file.abandon();
    file.release();
    expect(memory.take(1)).not.toBe(file.bytes.buffer);
  });
});
