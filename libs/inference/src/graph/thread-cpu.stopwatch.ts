import { Stopwatch } from './interleaved-timing';

/** Long enough to let go of the core, short enough not to matter. */
const PAUSE_MS = 0.05;
const NEVER_WOKEN = new Int32Array(new SharedArrayBuffer(4));

/**
 * Counts the milliseconds this very thread computes, not those it waits for a core that somebody else has: on a
 * busy machine the only fair way to compare two runs. It sees nothing of a runtime's own threads, so it suits
 * runners with one thread, which compute on the caller's.
 *
 * Linux adds up a thread's time at its timer's ticks, 4 ms apart, and when the thread lets go of its core. So it
 * does, for an instant, before the clock is read: steps of 4 ms become steps of 0.1.
 */
export const threadCpuStopwatch: Stopwatch = {
  now() {
    Atomics.wait(NEVER_WOKEN, 0, 0, PAUSE_MS);
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1000;
  },
};
