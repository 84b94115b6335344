import { ProtocolError } from '@thorax/inference';

/** Bounds the bytes of all request bodies that are being received or worked on at once. */
export class BodyBudget {
  private held = 0;

  constructor(private readonly maxBytes: number) {}

  /**
   * Sets bytes aside; call the result once to give them back. A single body larger than the whole budget is taken
   * when there is no other. Throws an `unavailable` ProtocolError when there is no room.
   */
  reserve(bytes: number): () => void {
    if (this.held > 0 && this.held + bytes > this.maxBytes) {
      throw new ProtocolError(
        'unavailable',
        `Exceeds maximum queue size: requests of ${this.held} bytes are being received, the limit is ${this.maxBytes}`,
        1,
      );
    }
    this.held += bytes;
    return () => {
      this.held -= bytes;
      bytes = 0;
    };
  }

  /** Bytes set aside now. */
  get heldBytes(): number {
    return this.held;
  }
}
