/** Lets a bounded number in at once; the others wait in line. */
export class ReceivingGate {
  private readonly waiting = new Set<() => void>();
  private inside = 0;

  /** `places` ≥ 1. */
  constructor(private readonly places: number) {}

  /**
   * Calls `enter` as soon as there is a place, at once where there is one. Call the result to give the place back or
   * to stop waiting for it; calling it again does nothing.
   */
  pass(enter: () => void): () => void {
    let leave = () => {
      this.waiting.delete(admit);
    };
    const admit = () => {
      this.inside++;
      leave = () => this.giveBack();
      enter();
    };
    if (this.inside < this.places) admit();
    else this.waiting.add(admit);
    return () => {
      const once = leave;
      leave = () => undefined;
      once();
    };
  }

  private giveBack(): void {
    this.inside--;
    const [next] = this.waiting;
    if (!next) return;
    this.waiting.delete(next);
    next();
  }
}
