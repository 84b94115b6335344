import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Detector } from '../detector';
import { grayPng, modelFolder, ModelFolder } from '../testing';

jest.setTimeout(60_000);

describe('workers in processes of their own', () => {
  let model: ModelFolder;
  let detector: Detector;
  beforeAll(async () => {
    model = await modelFolder({ busyWork: 30, scoreFollowsBrightness: true });
  });
  afterAll(() => model.remove());
  beforeEach(async () => {
    detector = Detector.create({ modelPath: model.modelPath, workers: 2, isolation: 'process' });
    expect((await detector.whenSettled()).status).toBe('ready');
  });
  afterEach(() => detector.close());

  it('find what workers in threads find', async () => {
    const threads = Detector.create({ modelPath: model.modelPath, workers: 1 });
    await threads.whenSettled();
    const image = await grayPng(128);
    const [own, others] = await Promise.all([detector.detect(image), threads.detect(image)]);
    await threads.close();
    expect(own.findings).toEqual(others.findings);
  });

  it.each(['SIGSEGV', 'SIGKILL'] as const)(
    'answer every request although one of them gets %s in the middle of it',
    async (signal) => {
      const image = await grayPng(128);
      const answers = Promise.all(Array.from({ length: 12 }, () => detector.detect(image)));
      await underWay(detector);
      process.kill(workerProcesses(process.pid)[0]!, signal);
      const found = await answers;
      expect(found).toHaveLength(12);
      expect(new Set(found.map(({ findings }) => findings[0]?.confidence)).size).toBe(1);
      expect(detector.stats().restarts).toBe(1);
    },
  );

  it('are gone when the detector is closed', async () => {
    expect(workerProcesses(process.pid)).toHaveLength(2);
    await detector.close();
    expect(workerProcesses(process.pid)).toEqual([]);
  });

  it('go with a parent that is killed', async () => {
    const parent = spawn(process.execPath, ['-e', program(model.modelPath)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(parent.stdout, 'data');
    const workers = workerProcesses(parent.pid!);
    expect(workers.length).toBeGreaterThan(0);
    parent.kill('SIGKILL');
    while (workers.some(isAlive)) await new Promise((resolve) => setImmediate(resolve));
  });
});

async function underWay(detector: Detector): Promise<void> {
  while (detector.stats().running < 2) await new Promise((resolve) => setImmediate(resolve));
}

/** Process ids of the workers whose parent is `parent`. */
function workerProcesses(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        const [state, ppid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return (
          Number(ppid) === parent &&
          state !== 'Z' &&
          readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('detector.process')
        );
      } catch {
        return false;
      }
    });
}

function isAlive(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

const program = (modelPath: string) => `
  const { Detector } = require(${JSON.stringify(join(__dirname, '../../dist/index.js'))});
  const detector = Detector.create({ modelPath: ${JSON.stringify(modelPath)}, workers: 1, isolation: 'process' });
  detector.whenSettled().then(() => console.log('ready'));
`;
