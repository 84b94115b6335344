import { DatasetInput, Metric, RUN_STATUSES } from '@thorax/registry';
import { GET, MlflowHandler, POST } from './mlflow.route';
import { pageOf, pageTokenAfter } from './page';
import { RequestFields } from './request.fields';
import { metricDocument, runDocument, runInfoDocument } from './tracking.documents';

/** Points of a metric in one page, unless a client asks for fewer; also the most it may ask for. */
const HISTORY_PAGE = 25_000;

const create: MlflowHandler = async ({ runs, now }, fields) => ({
  run: runDocument(
    await runs.create({
      experimentId: fields.optionalText('experiment_id') || '0',
      userId: fields.optionalText('user_id') ?? '',
      name: fields.optionalText('run_name'),
      startTimeMs: fields.optionalInteger('start_time') ?? now(),
      tags: fields.keyValues('tags'),
    }),
  ),
});

const get: MlflowHandler = async ({ runs }, fields) => ({
  run: runDocument(await runs.get(runIdOf(fields))),
});

const update: MlflowHandler = async ({ runs }, fields) => ({
  run_info: runInfoDocument(
    await runs.update(runIdOf(fields), {
      status: fields.optionalWord('status', RUN_STATUSES),
      endTimeMs: fields.optionalInteger('end_time'),
      name: fields.optionalText('run_name'),
    }),
  ),
});

const remove: MlflowHandler = ({ runs }, fields) => runs.delete(runIdOf(fields));

const restore: MlflowHandler = ({ runs }, fields) => runs.restore(runIdOf(fields));

const logMetric: MlflowHandler = ({ runLog }, fields) =>
  runLog.log(runIdOf(fields), { metrics: [metricOf(fields)], params: [], tags: [] });

const logParam: MlflowHandler = ({ runLog }, fields) =>
  runLog.log(runIdOf(fields), { metrics: [], params: [fields.keyValue()], tags: [] });

const setTag: MlflowHandler = ({ runLog }, fields) =>
  runLog.log(runIdOf(fields), { metrics: [], params: [], tags: [fields.keyValue()] });

const deleteTag: MlflowHandler = ({ runLog }, fields) =>
  runLog.deleteTag(runIdOf(fields), fields.text('key'));

const logBatch: MlflowHandler = ({ runLog }, fields) =>
  runLog.log(runIdOf(fields), {
    metrics: fields.objects('metrics').map(metricOf),
    params: fields.keyValues('params'),
    tags: fields.keyValues('tags'),
  });

const logInputs: MlflowHandler = ({ runLog }, fields) =>
  runLog.logInputs(
    runIdOf(fields),
    fields.objects('datasets').map(datasetInputOf),
    fields.objects('models').map((model) => ({ modelId: model.text('model_id'), step: 0 })),
  );

const logOutputs: MlflowHandler = ({ runLog }, fields) =>
  runLog.logOutputs(
    runIdOf(fields),
    fields.objects('models').map((model) => ({
      modelId: model.text('model_id'),
      step: model.optionalInteger('step') ?? 0,
    })),
  );

const metricHistory: MlflowHandler = async ({ runLog }, fields) => {
  const runId = runIdOf(fields);
  const key = fields.text('metric_key');
  const page = pageOf(fields, { default: HISTORY_PAGE, most: HISTORY_PAGE }, [runId, key]);
  const { metrics, more } = await runLog.history(runId, key, page.offset, page.limit);
  return { metrics: metrics.map(metricDocument), ...pageTokenAfter(page, more) };
};

/** Clients send the id under both its names, old ones under the second only. */
export function runIdOf(fields: RequestFields): string {
  return (
    fields.optionalText('run_id') || fields.text(fields.optionalText('run_uuid') ? 'run_uuid' : 'run_id')
  );
}

function metricOf(fields: RequestFields): Metric {
  return {
    key: fields.text('key'),
    value: fields.double('value'),
    timestampMs: fields.integer('timestamp'),
    step: fields.optionalInteger('step') ?? 0,
    modelId: fields.optionalText('model_id') || undefined,
    datasetName: fields.optionalText('dataset_name') || undefined,
    datasetDigest: fields.optionalText('dataset_digest') || undefined,
  };
}

function datasetInputOf(fields: RequestFields): DatasetInput {
  const dataset = fields.object('dataset');
  return {
    tags: fields.keyValues('tags'),
    dataset: {
      name: dataset.text('name'),
      digest: dataset.text('digest'),
      sourceType: dataset.text('source_type'),
      source: dataset.text('source'),
      schema: dataset.optionalText('schema'),
      profile: dataset.optionalText('profile'),
    },
  };
}

export const RUN_ROUTES = [
  POST('/runs/create', create),
  GET('/runs/get', get),
  POST('/runs/update', update),
  POST('/runs/delete', remove),
  POST('/runs/restore', restore),
  POST('/runs/log-metric', logMetric),
  POST('/runs/log-parameter', logParam),
  POST('/runs/set-tag', setTag),
  POST('/runs/delete-tag', deleteTag),
  POST('/runs/log-batch', logBatch),
  POST('/runs/log-inputs', logInputs),
  POST('/runs/outputs', logOutputs),
  GET('/metrics/get-history', metricHistory),
];
