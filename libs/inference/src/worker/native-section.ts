import { ModelRunner } from '../model-runner';

/**
 * A flag in shared memory that a worker raises while its thread is inside the native runtime.
 *
 * Ending a thread there aborts the whole process: the runtime wants to return into a JavaScript
 * environment that is being taken down, throws, and nobody catches. So whoever wants to end a worker
 * looks here first.
 */
export class NativeSection {
  private readonly depth: Int32Array;

  /** @param memory of another thread's section; left out, a section is made */
  constructor(readonly memory = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) {
    this.depth = new Int32Array(memory);
  }

  /** Whether the worker is inside the native runtime now. */
  get occupied(): boolean {
    return Atomics.load(this.depth, 0) > 0;
  }

  /** Does `work` with the flag raised. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    Atomics.add(this.depth, 0, 1);
    try {
      return await work();
    } finally {
      Atomics.sub(this.depth, 0, 1);
    }
  }

  /** The runner, raising the flag around all it does. */
  guard(runner: ModelRunner): ModelRunner {
    const { signature, maxConcurrentRuns } = runner;
    return {
      signature,
      ...(maxConcurrentRuns !== undefined && { maxConcurrentRuns }),
      run: (input, timeoutMs) => this.during(() => runner.run(input, timeoutMs)),
      close: () => this.during(() => runner.close()),
    };
  }
}
