/** What a level needs to know of an entry. */
export interface Called {
  /** Who asks; callers of one level take turns. Entries without a caller are one caller's. */
  readonly caller?: string;
}

/**
 * The entries of one priority: a lane a caller, served in turn, first come, first served within each; behind all
 * lanes those that were delayed. Adding, removing and serving cost the same however many wait.
 */
export class QueueLevel<T extends Called> {
  /** In the order of their turns. Sets keep the order of arrival and remove in constant time. */
  private readonly lanes = new Map<string | undefined, Set<T>>();
  private readonly delayed = new Set<T>();
  private count = 0;

  get size(): number {
    return this.count;
  }

  /** Adds an entry behind those of its caller. */
  add(entry: T): void {
    this.laneOf(entry).add(entry);
    this.count++;
  }

  /** Puts an entry before all others, its caller's turn included. */
  addFirst(entry: T): void {
    const lanes = [...this.lanes];
    const own = this.lanes.get(entry.caller) ?? [];
    this.lanes.clear();
    this.lanes.set(entry.caller, new Set([entry, ...own]));
    for (const [caller, lane] of lanes) if (caller !== entry.caller) this.lanes.set(caller, lane);
    this.count++;
  }

  /** Moves an entry behind all others; false when it is not here. */
  delay(entry: T): boolean {
    if (!this.remove(entry)) return false;
    this.delayed.add(entry);
    this.count++;
    return true;
  }

  /** Removes an entry without any effect on turns; false when it is not here. */
  remove(entry: T): boolean {
    const lane = this.lanes.get(entry.caller);
    const found = lane?.delete(entry) || this.delayed.delete(entry);
    if (!found) return false;
    if (lane?.size === 0) this.lanes.delete(entry.caller);
    this.count--;
    return true;
  }

  /** Removes an entry because it is served: its caller's next turn comes after everybody else's. */
  serve(entry: T): void {
    const lane = this.lanes.get(entry.caller);
    if (!this.remove(entry) || !lane || lane.size === 0) return;
    this.lanes.delete(entry.caller);
    this.lanes.set(entry.caller, lane);
  }

  /** Entries that would be served before a new one of `caller`. */
  ahead(caller: string | undefined): number {
    const own = this.lanes.get(caller)?.size ?? 0;
    let ahead = own;
    let comesFirst = 1;
    for (const [other, lane] of this.lanes) {
      if (other === caller) comesFirst = 0;
      else ahead += Math.min(lane.size, own + comesFirst);
    }
    return ahead;
  }

  /** The entries as they would be served. The level must not change meanwhile. */
  *inOrder(): Generator<T> {
    let turns: Iterator<T>[] = [];
    for (const lane of this.lanes.values()) {
      const entries = lane.values();
      yield entries.next().value!;
      turns.push(entries);
    }
    while (turns.length > 0) {
      const further: Iterator<T>[] = [];
      for (const turn of turns) {
        const { value, done } = turn.next();
        if (done) continue;
        yield value;
        further.push(turn);
      }
      turns = further;
    }
    yield* this.delayed;
  }

  private laneOf({ caller }: T): Set<T> {
    let lane = this.lanes.get(caller);
    if (!lane) this.lanes.set(caller, (lane = new Set()));
    return lane;
  }
}
