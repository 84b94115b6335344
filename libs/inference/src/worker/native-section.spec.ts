import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { modelFolder } from '../testing';
import { NativeSection } from './native-section';

jest.setTimeout(60_000);

describe('NativeSection', () => {
  it('is occupied while work goes on, on both sides of the shared memory', async () => {
    const worker = new NativeSection();
    const watcher = new NativeSection(worker.memory);
    let finish: () => void = () => undefined;
    const work = worker.during(() => new Promise<void>((resolve) => (finish = resolve)));
    expect(watcher.occupied).toBe(true);
    finish();
    await work;
    expect(watcher.occupied).toBe(false);
  });

  it('is left when the work fails', async () => {
    const section = new NativeSection();
    await expect(section.during(() => Promise.reject(new Error('run failed')))).rejects.toThrow('run failed');
    expect(section.occupied).toBe(false);
  });
});

describe('a worker thread that is ended in the middle of a run', () => {
  it('does not take the process with it', async () => {
    const model = await modelFolder({ busyWork: 200 });
    const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', program(model.modelPath)], {
      encoding: 'utf8',
    });
    await model.remove();
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'ended with code 0', stderr: '' });
  });
});

/** Ends a worker as soon as it is inside a run, as the pool does with one that hangs. */
const program = (modelPath: string) => `
  const { spawnWorkerThread } = require(${JSON.stringify(join(__dirname, '../../dist/worker/worker-thread.js'))});
  const { grayPng } = require(${JSON.stringify(join(__dirname, '../../dist/testing/index.js'))});
  const model = { modelPath: ${JSON.stringify(modelPath)}, device: 'cpu', intraOpThreads: 1 };
  const thread = spawnWorkerThread({ model, rules: {} }, {
    async onReport(report) {
      if (report.kind !== 'started') return;
      const bytes = new Uint8Array(await grayPng(128));
      thread.send({ kind: 'work', jobs: [{ id: 1, task: { kind: 'detect', bytes } }] }, []);
      const wait = setInterval(() => {
        if (!thread.isInsideNativeCode) return;
        clearInterval(wait);
        void thread.terminate();
      }, 1);
    },
    onExit: (reason) => process.stdout.write(reason.replace('it ', '')),
  });
`;
