import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { modelFolder, ModelFolder } from '@thorax/inference/testing';
import { pngFile } from '@thorax/radiograph/testing';
import { call, form, post } from './testing/http.client';
import { startApplication } from './testing/start-application';
import { PredictionDto } from './http/predictions/prediction.dto';

jest.setTimeout(120_000);

describe('the life of the process', () => {
  let model: ModelFolder;
  let home: string;
  beforeAll(async () => {
    model = await modelFolder({ busyWork: 20 });
  });
  afterAll(() => model.remove());
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'thorax-lifecycle-'));
  });
  afterEach(() => rm(home, { recursive: true, force: true }));

  const start = () => startApplication({ MODEL_PATH: model.modelPath, THORAX_HOME: home, MAX_WORKERS: '1' });

  it('finishes running requests when it is told to stop, then leaves nothing behind', async () => {
    const app = await start();
    const images = await Promise.all([1, 2, 3, 4].map((width) => pngFile({ width: 64 + width })));
    const running = images.map((image) => post<PredictionDto>(`${app.url}/predict`, form('file', image)));
    await inferenceUnderWay(app.url);
    expect(await app.stop({ keepHome: true })).toBe(0);
    for (const { status } of await Promise.all(running)) expect(status).toBe(200);
    expect(processesOf(home)).toEqual([]);
  });

  it('takes its database along when it is killed, and starts again on what it kept', async () => {
    const app = await start();
    const { body } = await post<PredictionDto>(`${app.url}/predict`, form('file', await pngFile()));
    process.kill(app.pid, 'SIGKILL');
    await nothingLeftOf(home);

    const again = await start();
    const kept = await call<PredictionDto>(`${again.url}/api/v1/predictions/${body.id}`);
    expect(kept.body.image).toEqual(body.image);
    await again.stop({ keepHome: true });
  });

  it('says that its port is taken, and leaves nothing behind', async () => {
    const app = await start();
    const other = await mkdtemp(join(tmpdir(), 'thorax-lifecycle-other-'));
    const { port } = new URL(app.url);
    await expect(
      startApplication({ MODEL_PATH: model.modelPath, THORAX_HOME: other, PORT: port }),
    ).rejects.toThrow(new RegExp(`ended with 1:[^]*Port ${port} of 127.0.0.1 is in use`));
    expect(processesOf(other)).toEqual([]);
    await app.stop({ keepHome: true });
    await rm(other, { recursive: true, force: true });
  });

  it('ends when the process that started it goes away', async () => {
    const bootstrap = spawn(process.execPath, ['-e', bootstrapProgram], {
      env: { ...process.env, THORAX_HOME: home, PORT: '0', MODEL_PATH: model.modelPath },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    for await (const chunk of bootstrap.stdout) if (String(chunk).includes('Thorax is ready')) break;
    expect(processesOf(home)).not.toEqual([]);
    bootstrap.kill('SIGKILL');
    await nothingLeftOf(home);
  });
});

/** Does what scripts/dev.cjs does: starts the application as a child with a channel to it. */
const bootstrapProgram = `
  const { spawn } = require('node:child_process');
  spawn(process.execPath, [${JSON.stringify(join(__dirname, '../dist/main.js'))}], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
`;

/** Resolves once a detector thread has work: more than its first request waits behind it. */
async function inferenceUnderWay(url: string): Promise<void> {
  for (;;) {
    const metrics = await (await fetch(`${url}/metrics`)).text();
    if (/^thorax_inference_queue_length [1-9]/m.test(metrics)) return;
  }
}

/** Command lines of the processes that work in `home`. */
function processesOf(home: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(describeProcess)
    .filter((description) => description.includes(home));
}

function describeProcess(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8') + readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    return '';
  }
}

async function nothingLeftOf(home: string): Promise<void> {
  while (processesOf(home).length > 0) await new Promise((resolve) => setImmediate(resolve));
}
