const MIB = 1024 * 1024;

/**
 * Memory that uploads are read into, used again by later ones: fresh memory costs a film of ten megabytes more
 * time than reading it does. Shared, so that detector threads read it without a copy.
 *
 * It holds at most `maxKeptBytes` for later; what is taken is not counted.
 */
export class UploadMemory {
  /** Oldest first. */
  private readonly free: SharedArrayBuffer[] = [];
  private freeBytes = 0;

  constructor(private readonly maxKeptBytes = 64 * MIB) {}

  /** At least `bytes` of memory, which may hold an earlier upload: read nothing that was not written. */
  take(bytes: number): SharedArrayBuffer {
    const size = Math.max(1, Math.ceil(bytes / MIB)) * MIB;
    // Twice as much as needed is no waste: pages never written are never there.
    const index = this.free.findIndex(({ byteLength }) => byteLength >= size && byteLength <= size * 2);
    if (index < 0) return new SharedArrayBuffer(size);
    const [memory] = this.free.splice(index, 1);
    this.freeBytes -= memory.byteLength;
    return memory;
  }

  /** Takes memory back, once, that nobody reads or writes any more. */
  giveBack(memory: SharedArrayBuffer): void {
    if (memory.byteLength > this.maxKeptBytes) return;
    this.free.push(memory);
    this.freeBytes += memory.byteLength;
    while (this.freeBytes > this.maxKeptBytes) this.freeBytes -= this.free.shift()!.byteLength;
  }
}
