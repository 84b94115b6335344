import { createHash } from 'node:crypto';
import { UploadMemory } from './upload.memory';

/** One file of an upload, whole and in memory. */
export interface UploadedFile {
  /** In shared memory; changed by nobody until {@link release}. */
  readonly bytes: Uint8Array;
  /** Of the bytes, lower-case hex. */
  readonly sha256: string;
  /** Gives the memory back, for another upload to overwrite: `bytes` must not be read any more. */
  release(): void;
  /** Somebody may read the bytes at any time from now on, so that their memory is never given back. */
  abandon(): void;
}

/** Memory asked for before any of a file has arrived. */
const FIRST_BYTES = 1024 * 1024;

/** Most memory asked for, as a multiple of what has arrived: an announcement alone must not be dear. */
const MOST_AHEAD = 16;

/**
 * Takes a file in piece by piece. The digest is computed as pieces arrive: they are in the processor's cache then,
 * and nothing is left to do when the last one is there.
 */
export class FileReception {
  private readonly hash = createHash('sha256');
  private room: Uint8Array;
  private length = 0;

  /** @param expectedBytes most that will come, as far as is known */
  constructor(
    private readonly memory: UploadMemory,
    private readonly expectedBytes: number,
  ) {
    this.room = new Uint8Array(memory.take(Math.min(expectedBytes, FIRST_BYTES)));
  }

  write(piece: Uint8Array): void {
    const needed = this.length + piece.length;
    if (needed > this.room.length) this.grow(needed);
    this.room.set(piece, this.length);
    this.hash.update(piece);
    this.length = needed;
  }

  /** The file. Neither of the others may be called afterwards. */
  finish(): UploadedFile {
    const { memory, room } = this;
    let held = true;
    return {
      bytes: room.subarray(0, this.length),
      sha256: this.hash.digest('hex'),
      release: () => {
        if (held) memory.giveBack(room.buffer as SharedArrayBuffer);
        held = false;
      },
      abandon: () => void (held = false),
    };
  }

  /** Gives the memory back: the rest will not come. */
  cancel(): void {
    this.memory.giveBack(this.room.buffer as SharedArrayBuffer);
  }

  private grow(needed: number): void {
    const size = Math.max(needed, Math.min(this.expectedBytes, needed * MOST_AHEAD));
    const larger = new Uint8Array(this.memory.take(size));
    larger.set(this.room.subarray(0, this.length));
    this.memory.giveBack(this.room.buffer as SharedArrayBuffer);
    this.room = larger;
  }
}
