import { readdirSync, readFileSync } from 'node:fs';
import { StartReport } from './protocol';
import { spawnWorkerThread } from './worker-thread';

const onLinux = process.platform === 'linux' ? it : it.skip;

/** Niceness of every thread of this process, by thread id. */
function nicenessByThread(): Map<number, number> {
  const threads = readdirSync('/proc/self/task').flatMap((id): [number, number][] => {
    try {
      const stat = readFileSync(`/proc/self/task/${id}/stat`, 'utf8');
      return [[Number(id), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16])]];
    } catch {
      return [];
    }
  });
  return new Map(threads);
}

describe('a detector worker', () => {
  onLinux('lets the event loop go first (skipped where niceness is the whole process’s)', async () => {
    const before = nicenessByThread();
    const own = before.get(process.pid)!;
    let worker: ReturnType<typeof spawnWorkerThread> | undefined;
    const gone = new Promise<void>((resolve, reject) => {
      const onReport = ({ kind }: { kind: string }): void => {
        if (kind !== ('started' satisfies StartReport['kind'])) return;
        try {
          const after = nicenessByThread();
          expect(after.get(process.pid)).toBe(own);
          const added = [...after].filter(([id]) => !before.has(id)).map(([, niceness]) => niceness);
          expect(added).toContain(Math.max(own, 5));
        } catch (error) {
          reject(error as Error);
        }
        worker!.send({ kind: 'stop' }, []);
      };
      worker = spawnWorkerThread({ rules: {} }, { onReport, onExit: () => resolve() });
    });
    await gone;
  });
});
