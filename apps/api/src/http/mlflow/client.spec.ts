import { tinyDetectorOnnx } from '@thorax/inference/testing';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { peakResidentBytes, resetPeakResidentBytes, residentBytes } from '../../testing/process-memory';
import { pythonNamedBy, runPython } from '../../testing/python';
import { RunningApplication, startApplication } from '../../testing/start-application';

jest.setTimeout(300_000);

const python = pythonNamedBy('THORAX_MLFLOW_PYTHON', 'mlflow', process.env.THORAX_MLFLOW_PYTHON);

describe(`MLflow’s own client${python.missing}`, () => {
  let app: RunningApplication;
  beforeAll(async () => {
    if (python.executable) app = await startApplication({ THORAX_ROLES: 'http' });
  });
  afterAll(async () => {
    await app?.stop();
    for (const folder of folders) await rm(folder, { recursive: true, force: true });
  });

  const folders: string[] = [];
  const newFolder = async () => {
    const folder = await mkdtemp(join(tmpdir(), 'thorax-mlflow-'));
    folders.push(folder);
    return folder;
  };

  const newModelFolder = async () => {
    const folder = await newFolder();
    await writeFile(join(folder, 'model.onnx'), tinyDetectorOnnx());
    return folder;
  };

  const test = python.executable ? it : it.skip;
  const see = (section: string, ...args: string[]) =>
    runPython(python.executable!, 'mlflow_client.py', app.url, section, ...args);

  test('keeps experiments: creates, finds, renames, tags, deletes with their runs, restores', async () => {
    const [found, changed, refused] = await see('experiments');
    expect(found).toMatchObject({
      name: 'first',
      tags: { team: 'chest' },
      stage: 'active',
      location: true,
      byName: true,
      none: true,
      default: 'Default',
    });
    expect(changed).toMatchObject({
      name: 'renamed',
      tags: { team: 'thorax' },
      deleted: ['deleted', 'deleted'],
      write: 'INVALID_PARAMETER_VALUE',
      restored: ['active', 'active'],
    });
    expect(refused).toMatchObject({
      taken: 'RESOURCE_ALREADY_EXISTS',
      unknown: 'RESOURCE_DOES_NOT_EXIST',
      notANumber: 'RESOURCE_DOES_NOT_EXIST',
    });
  });

  test('logs to runs: batches, late points, NaN and infinities, datasets; whole or not at all', async () => {
    const [run, history, updated, refused] = await see('runs');
    expect(run).toMatchObject({
      name: 'one',
      status: 'FINISHED',
      start: 1_700_000_000_000,
      end: 1_700_000_001_000,
      metrics: { loss: 0.25, late: 2, dice: 0.9 },
      params: { lr: '0.01', empty: '' },
      tags: { b: '2', c: '3', 'mlflow.runName': 'one' },
      dataset: ['chests', 'd1', '{}', 'training'],
      uri: true,
    });
    expect((run as { tags: object }).tags).not.toHaveProperty('a');
    expect(history).toMatchObject({
      loss: [['1.5', 0], ['nan', 1], ['inf', 2], ['-inf', 3], ['0.25', 4]],
      late: [5, 1],
      none: [],
    }); // prettier-ignore
    expect(updated).toMatchObject({
      name: 'uno',
      tag: 'uno',
      status: 'FAILED',
      deleted: 'deleted',
      write: 'INVALID_PARAMETER_VALUE',
      restored: 'active',
    });
    expect(refused).toMatchObject({
      unknown: 'RESOURCE_DOES_NOT_EXIST',
      changed: 'INVALID_PARAMETER_VALUE',
      long: 'INVALID_PARAMETER_VALUE',
      key: 'INVALID_PARAMETER_VALUE',
      tag: 'RESOURCE_DOES_NOT_EXIST',
      batch: 'INVALID_PARAMETER_VALUE',
      whole: true,
    });
  });

  test('keeps artifacts: folders, replaced files, names with spaces, empty ones', async () => {
    const [listed, downloaded, edges] = await see('artifacts', await newFolder());
    expect(listed).toMatchObject({
      root: [
        ['again', true, null],
        ['args.yaml', false, 9],
        ['empty.bin', false, 0],
        ['notes', true, null],
        ['plots', true, null],
      ],
      plots: [['plots/PR curve.txt', false, 5]],
      again: [['again/deeper', true, null]],
      file: [],
      none: [],
    });
    expect(downloaded).toMatchObject({
      files: {
        'args.yaml': 'epochs: 3',
        'empty.bin': '',
        'plots/PR curve.txt': 'curve',
        'again/deeper/args.yaml': 'epochs: 3',
        'notes/one.txt': 'second',
      },
      text: 'second',
    });
    expect(edges).toMatchObject({ piece: 'in one piece', missing: expect.any(String) });
  });

  test('moves an artifact of 600 MB up and down while the server’s memory stays flat', async () => {
    // What the heap takes for any file at all is not what is asked here.
    await see('large', await newFolder(), '60');
    const before = residentBytes(app.pid);
    resetPeakResidentBytes(app.pid);
    const [moved] = await see('large', await newFolder(), '600');
    const grownMegabytes = Math.round((peakResidentBytes(app.pid) - before) / 2 ** 20);
    expect(moved).toMatchObject({ same: true, size: 600 * 2 ** 20 });
    expect(grownMegabytes).toBeLessThan(100);
    if (process.env.THORAX_MLFLOW_FIGURES) {
      await writeFile(process.env.THORAX_MLFLOW_FIGURES, JSON.stringify({ moved, grownMegabytes }));
    }
  });

  test('finds runs and experiments by filters and orders, page by page, and is not fooled by them', async () => {
    const [runs, pages, experiments, injection] = await see('search');
    expect(runs).toMatchObject({
      newest: [8, 7, 6, 5, 4, 3, 2, 1, 0],
      deleted: [9],
      all: 10,
      metric: [6, 5],
      different: [7, 6, 5, 4, 3, 2, 0],
      param: [3, 1],
      like: [4],
      ilike: [2],
      inside: [2, 1],
      outside: 8,
      failed: [0],
      started: [8, 7],
      dataset: [3],
      null: [8, 7, 6, 5],
      quote: 9,
      metricOrder: [6, 5, 4, 3, 2, 1, 0, 7, 8],
      paramOrder: [0, 1, 2, 3, 4, 5, 6, 7, 8],
    });
    expect(pages).toMatchObject({
      pages: [[0, 1, 2, 3], [4, 5, 6, 7], [8]],
      wrong: 'INVALID_PARAMETER_VALUE',
    });
    expect(experiments).toMatchObject({
      tagged: ['other searched'],
      like: ['searched'],
      ordered: ['searched', 'other searched'],
      paged: 1,
      time: [],
    });
    expect(injection).toMatchObject({
      value: [1],
      still: 9,
      outside: 'INVALID_PARAMETER_VALUE',
      order: 'INVALID_PARAMETER_VALUE',
      either: 'INVALID_PARAMETER_VALUE',
      field: 'INVALID_PARAMETER_VALUE',
    });
  });

  test('keeps logged models: pending until finalised, measured, found, deleted', async () => {
    const [logged, found, deleted] = await see('logged_models', await newFolder());
    expect(logged).toMatchObject({
      pending: 'PENDING',
      status: 'READY',
      name: 'detector',
      type: 'yolo',
      source: true,
      params: 120,
      tags: { a: '1', b: '2' },
      metrics: [
        ['dice', '0.8', 1, 'chests'],
        ['dice', 'nan', 2, null],
      ],
      outputs: [[true, 7]],
      inputs: 1,
      files: ['model.onnx'],
      uri: true,
    });
    expect(found).toMatchObject({
      all: ['other', 'detector'],
      param: ['other'],
      tag: ['detector'],
      metric: ['detector'],
      name: ['detector'],
      ordered: ['detector', 'other'],
      byMetric: ['detector', 'other'],
      dataset: ['detector'],
      wrongDataset: [],
      pages: [1, true],
    });
    expect(deleted).toMatchObject({
      gone: 'RESOURCE_DOES_NOT_EXIST',
      left: ['detector'],
      unknown: 'RESOURCE_DOES_NOT_EXIST',
    });
  });

  test('registers models and versions, moves aliases and stages, finds and deletes them', async () => {
    const [registered, aliases, stages, search, refused, deleted] = await see(
      'registry',
      await newModelFolder(),
    );
    expect(registered).toMatchObject({
      name: 'detector',
      description: 'finds more',
      tags: { team: 'thorax' },
      versions: ['1', '2'],
      version: ['first', { checked: 'yes' }, 'READY', 'None', true],
      uri: [true, true],
      local: ['model.onnx'],
    });
    expect(aliases).toMatchObject({
      moved: ['1', '2'],
      aliases: { champion: '2' },
      of: ['champion'],
      gone: 'RESOURCE_DOES_NOT_EXIST',
    });
    expect(stages).toMatchObject({
      stages: ['Staging', 'Canary', 'Production', 'Production', 'Production'],
      first: 'Archived',
      latest: [
        ['1', 'Archived'],
        ['2', 'Production'],
      ],
      production: ['2'],
      unknown: 'INVALID_PARAMETER_VALUE',
    });
    expect(search).toMatchObject({
      all: ['detector', 'model 0', 'model 1', 'model 2', 'model 3', 'model 4'],
      like: ['model 0', 'model 1', 'model 2', 'model 4'],
      ordered: ['model 4', 'model 3', 'model 2', 'model 1', 'model 0'],
      pages: [4, 2],
      versions: ['1', '2'],
      byRun: 2,
      tagged: ['1'],
      number: ['2'],
      injection: 'INVALID_PARAMETER_VALUE',
    });
    expect(refused).toMatchObject({
      taken: 'RESOURCE_ALREADY_EXISTS',
      unknown: 'RESOURCE_DOES_NOT_EXIST',
      version: 'RESOURCE_DOES_NOT_EXIST',
      number: 'INVALID_PARAMETER_VALUE',
      latest: 'INVALID_PARAMETER_VALUE',
      numbered: 'INVALID_PARAMETER_VALUE',
      name: 'INVALID_PARAMETER_VALUE',
      source: 'INVALID_PARAMETER_VALUE',
      escaping: 'INVALID_PARAMETER_VALUE',
    });
    expect(deleted).toMatchObject({
      gone: 'RESOURCE_DOES_NOT_EXIST',
      third: '3',
      broken: ['INTERNAL_ERROR', 'FAILED_REGISTRATION', expect.stringMatching(/^UNREADABLE: /)],
      model: 'RESOURCE_DOES_NOT_EXIST',
      again: [],
    });
  });

  test('log_model and register_model, and the model back and running', async () => {
    const [logged, registered] = await see('log_model', await newModelFolder());
    expect(logged).toMatchObject({
      loaded: [42, 42, 42, 42, 42],
      output: true,
      status: 'READY',
      source: true,
      run: true,
      files: ['doubling/MLmodel', 'doubling/conda.yaml'],
      tag: true,
    });
    expect(registered).toMatchObject({ version: '1', source: expect.stringContaining('/artifacts/weights') });
  });

  test('takes a training script as it is', async () => {
    const [fluent] = await see('fluent');
    expect(fluent).toMatchObject({
      status: 'FINISHED',
      name: 'night 1',
      params: 150,
      site: 'lab',
      ended: true,
      child: true,
    });
  });
});
