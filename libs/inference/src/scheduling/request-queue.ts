/** Whatever waits in a {@link RequestQueue}. */
export interface Waiting {
  /** 1 is served first; any whole number ≥ 1. */
  readonly priority: number;
}

/**
 * A bounded queue with strict priorities and first come, first served within each. Pure bookkeeping: it knows
 * neither time nor workers.
 */
export class RequestQueue<T extends Waiting> {
  private readonly entries: T[] = [];

  /** `maxSize` ≥ 0 entries may wait. */
  constructor(readonly maxSize: number) {}

  get size(): number {
    return this.entries.length;
  }

  /** What waits, in the order it will be served. */
  get waiting(): readonly T[] {
    return this.entries;
  }

  /** Adds an entry behind those of its priority; false, and nothing happens, when the queue is full. */
  offer(entry: T): boolean {
    if (this.entries.length >= this.maxSize) return false;
    this.insertBefore(entry, (other) => other.priority > entry.priority);
    return true;
  }

  /** Puts back an entry that had left, ahead of its priority and even into a full queue: it was accepted once. */
  putBack(entry: T): void {
    this.insertBefore(entry, (other) => other.priority >= entry.priority);
  }

  /** Removes and returns the first `count` entries that `accepts` lets through. */
  take(count: number, accepts: (entry: T) => boolean = () => true): T[] {
    const taken: T[] = [];
    for (let i = 0; i < this.entries.length && taken.length < count; ) {
      if (accepts(this.entries[i]!)) taken.push(...this.entries.splice(i, 1));
      else i++;
    }
    return taken;
  }

  /** Removes an entry; false when it is not here. */
  remove(entry: T): boolean {
    const index = this.entries.indexOf(entry);
    if (index === -1) return false;
    this.entries.splice(index, 1);
    return true;
  }

  private insertBefore(entry: T, isLater: (other: T) => boolean): void {
    const index = this.entries.findIndex(isLater);
    this.entries.splice(index === -1 ? this.entries.length : index, 0, entry);
  }
}
