/** Lets answers out in the order in which their requests were accepted, however they come in. Pure bookkeeping. */
export class OrderedRelease {
  /** By request, in order of acceptance: what delivers its answer, as soon as there is one. */
  private readonly open = new Map<number, (() => void) | undefined>();

  /** Requests accepted and not let out. */
  get size(): number {
    return this.open.size;
  }

  accept(id: number): void {
    this.open.set(id, undefined);
  }

  /** Calls `deliver` when all earlier requests have been let out or given up: now or later; at once for strangers. */
  complete(id: number, deliver: () => void): void {
    if (!this.open.has(id)) return deliver();
    this.open.set(id, deliver);
    this.letOut();
  }

  /** Nobody waits for this one's answer any more. */
  giveUp(id: number): void {
    if (this.open.delete(id)) this.letOut();
  }

  private letOut(): void {
    for (const [id, deliver] of this.open) {
      if (!deliver) return;
      this.open.delete(id);
      deliver();
    }
  }
}
