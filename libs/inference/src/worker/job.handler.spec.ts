import { grayPng } from '../testing/gray-png';
import { ModelFolder, modelFolder } from '../testing/model-folder';
import { JobHandler } from './job.handler';

// Loading the native runtime takes seconds on a busy machine.
jest.setTimeout(30_000);

describe('JobHandler', () => {
  let folder: ModelFolder;
  let handler: JobHandler;

  async function handlerOn(model?: Uint8Array): Promise<JobHandler> {
    folder = await modelFolder(model);
    const { modelPath } = folder;
    return (handler = new JobHandler({ model: { modelPath, device: 'cpu', intraOpThreads: 1 }, rules: {} }));
  }

  afterEach(async () => {
    await handler.stop();
    await folder.remove();
  });

  it('reports the model it loaded and detects with it', async () => {
    await handlerOn();
    expect(await handler.start()).toMatchObject({ kind: 'started', model: { name: 'model' } });
    const { message } = await handler.handle({ id: 7, task: { kind: 'detect', bytes: await grayPng(0) } });
    expect(message).toMatchObject({
      kind: 'reply',
      id: 7,
      ok: true,
      value: { findings: [{ classIndex: 3 }] },
    });
  });

  it('reports why it has no model, refuses to detect and renders', async () => {
    await handlerOn(Buffer.from('junk'));
    expect(await handler.start()).toMatchObject({
      kind: 'started',
      error: { error: { code: 'MODEL_FILE_CORRUPT' } },
    });
    const bytes = await grayPng(0);
    const refused = await handler.handle({ id: 1, task: { kind: 'detect', bytes } });
    expect(refused.message).toMatchObject({ ok: false, error: { error: { code: 'MODEL_UNAVAILABLE' } } });
    const rendered = await handler.handle({ id: 2, task: { kind: 'render', bytes } });
    expect(rendered.message).toMatchObject({ ok: true, value: { width: 128, height: 128 } });
  });

  it('gives rendered bytes away in a buffer of their own', async () => {
    await handlerOn();
    const { message, transfer } = await handler.handle({
      id: 1,
      task: { kind: 'render', bytes: await grayPng(0) },
    });
    const { png } = (message as unknown as { value: { png: Uint8Array } }).value;
    expect(transfer).toEqual([png.buffer]);
    expect(png.byteLength).toBe(png.buffer.byteLength);
  });

  it('turns every failure into a reply', async () => {
    await handlerOn();
    await handler.start();
    const { message } = await handler.handle({ id: 1, task: { kind: 'detect', bytes: new Uint8Array() } });
    expect(message).toMatchObject({
      ok: false,
      error: { type: 'refused-image', error: { code: 'EMPTY_IMAGE' } },
    });
  });
});
