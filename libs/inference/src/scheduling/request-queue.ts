import { Called, QueueLevel } from './queue-level';

/** Whatever waits in a {@link RequestQueue}. */
export interface Waiting extends Called {
  /** 1 is served first; any whole number ≥ 1. */
  readonly priority: number;
}

/**
 * A bounded queue with strict priorities, callers taking turns within each, and first come, first served for each
 * caller. Pure bookkeeping: it knows neither time nor workers.
 */
export class RequestQueue<T extends Waiting> {
  private readonly levels = new Map<number, QueueLevel<T>>();
  /** The levels' numbers, 1 first. */
  private priorities: number[] = [];
  private count = 0;

  /** `maxSize` ≥ 0 entries may wait in all, and `maxSizeOf(priority)` of each level. */
  constructor(
    readonly maxSize: number,
    private readonly maxSizeOf: (priority: number) => number = () => Infinity,
  ) {}

  get size(): number {
    return this.count;
  }

  /** What waits, in the order it will be served. */
  get waiting(): readonly T[] {
    return [...this.inOrder()];
  }

  /** The same one by one, for readers of the first few. The queue must not change meanwhile. */
  *inOrder(): Generator<T> {
    for (const priority of this.priorities) yield* this.levels.get(priority)!.inOrder();
  }

  /** Which limit keeps an entry of this priority out now: `undefined` when there is room. */
  limitReached(priority: number): number | undefined {
    if (this.count >= this.maxSize) return this.maxSize;
    const most = this.maxSizeOf(priority);
    return (this.levels.get(priority)?.size ?? 0) >= most ? most : undefined;
  }

  /** Adds an entry behind those of its priority and caller; false, and nothing happens, when there is no room. */
  offer(entry: T): boolean {
    if (this.limitReached(entry.priority) !== undefined) return false;
    this.levelOf(entry.priority).add(entry);
    this.count++;
    return true;
  }

  /** Puts back an entry that had left, ahead of its priority and even into a full queue: it was accepted once. */
  putBack(entry: T): void {
    this.levelOf(entry.priority).addFirst(entry);
    this.count++;
  }

  /** Moves a waiting entry behind all others of its priority; false when it is not here. */
  delay(entry: T): boolean {
    return this.levels.get(entry.priority)?.delay(entry) ?? false;
  }

  /** Removes entries because they are served, which counts as their callers' turns. */
  serve(entries: readonly T[]): void {
    for (const entry of entries) {
      const level = this.levels.get(entry.priority)!;
      const before = level.size;
      level.serve(entry);
      this.count += level.size - before;
    }
  }

  /** Removes and returns the first `count` entries that `accepts` lets through. */
  take(count: number, accepts: (entry: T) => boolean = () => true): T[] {
    const taken: T[] = [];
    for (const entry of this.inOrder()) {
      if (taken.length >= count) break;
      if (accepts(entry)) taken.push(entry);
    }
    this.serve(taken);
    return taken;
  }

  /** Removes an entry; false when it is not here. */
  remove(entry: T): boolean {
    const removed = this.levels.get(entry.priority)?.remove(entry) ?? false;
    if (removed) this.count--;
    return removed;
  }

  /** Entries that would be served before a new one of this priority and caller. */
  ahead(priority: number, caller?: string): number {
    let ahead = 0;
    for (const [level, entries] of this.levels) {
      if (level < priority) ahead += entries.size;
      else if (level === priority) ahead += entries.ahead(caller);
    }
    return ahead;
  }

  private levelOf(priority: number): QueueLevel<T> {
    let level = this.levels.get(priority);
    if (!level) {
      this.levels.set(priority, (level = new QueueLevel()));
      this.priorities = [...this.levels.keys()].sort((a, b) => a - b);
    }
    return level;
  }
}
