import { Stopwatch } from './interleaved-timing';

/**
 * Counts the milliseconds this very thread computes, not those it waits for a core that somebody else has: on a
 * busy machine the only fair way to compare two runs. It sees nothing of a runtime's own threads, so it suits
 * runners with one thread, which compute on the caller's.
 */
export const threadCpuStopwatch: Stopwatch = {
  now() {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1000;
  },
};
