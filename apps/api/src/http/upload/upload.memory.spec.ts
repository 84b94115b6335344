import { UploadMemory } from './upload.memory';

const MIB = 1024 * 1024;

describe('UploadMemory', () => {
  it('gives memory back out that it took back, and fresh memory otherwise', () => {
    const memory = new UploadMemory();
    const first = memory.take(3 * MIB);
    const second = memory.take(3 * MIB);
    expect(second).not.toBe(first);
    memory.giveBack(first);
    expect(memory.take(2.5 * MIB)).toBe(first);
    expect(memory.take(2.5 * MIB)).not.toBe(first);
  });

  it('has room for what was asked for, in whole MiB, and for nothing too', () => {
    const memory = new UploadMemory();
    expect([0, 1, MIB, MIB + 1].map((bytes) => memory.take(bytes).byteLength / MIB)).toEqual([1, 1, 1, 2]);
  });

  it('keeps large memory for large files', () => {
    const memory = new UploadMemory();
    const large = memory.take(10 * MIB);
    memory.giveBack(large);
    expect(memory.take(4 * MIB)).not.toBe(large);
    expect(memory.take(5 * MIB)).toBe(large);
  });

  it('holds no more than it may: the oldest goes, and what is larger is not kept', () => {
    const memory = new UploadMemory(4 * MIB);
    const [oldest, newer, huge] = [memory.take(2 * MIB), memory.take(3 * MIB), memory.take(5 * MIB)];
    memory.giveBack(oldest);
    memory.giveBack(huge);
    expect(memory.take(2 * MIB)).toBe(oldest);
    memory.giveBack(oldest);
    memory.giveBack(newer);
    expect(memory.take(3 * MIB)).toBe(newer);
    expect(memory.take(2 * MIB)).not.toBe(oldest);
  });
});
