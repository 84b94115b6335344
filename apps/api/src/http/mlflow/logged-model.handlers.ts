import {
  InvalidParameterError,
  LOGGED_MODEL_STATUSES,
  LoggedModel,
  LoggedModelStatus,
} from '@thorax/registry';
import { DELETE, GET, MlflowHandler, PATCH, POST } from './mlflow.route';
import { pageOf, pageTokenAfter } from './page';
import { RequestFields } from './request.fields';
import { metricDocument } from './tracking.documents';

const pages = { default: 100, most: 1_000 };
const prefix = 'LOGGED_MODEL_';

const create: MlflowHandler = async ({ loggedModels }, fields) => ({
  model: loggedModelDocument(
    await loggedModels.create({
      experimentId: fields.text('experiment_id'),
      name: fields.optionalText('name'),
      modelType: fields.optionalText('model_type'),
      sourceRunId: fields.optionalText('source_run_id'),
      params: fields.keyValues('params'),
      tags: fields.keyValues('tags'),
    }),
  ),
});

const get: MlflowHandler = async ({ loggedModels }, fields) => ({
  model: loggedModelDocument(
    await loggedModels.get(fields.text('model_id'), { deletedToo: fields.flag('allow_deleted') }),
  ),
});

const finalize: MlflowHandler = async ({ loggedModels }, fields) => {
  const words = LOGGED_MODEL_STATUSES.map((status) => `${prefix}${status}`);
  const word = fields.optionalWord('status', words);
  if (!word) throw new InvalidParameterError("Missing value for required parameter 'status'.");
  const status = word.slice(prefix.length) as LoggedModelStatus;
  return { model: loggedModelDocument(await loggedModels.finalize(fields.text('model_id'), status)) };
};

const remove: MlflowHandler = ({ loggedModels }, fields) => loggedModels.delete(fields.text('model_id'));

const logParams: MlflowHandler = ({ loggedModels }, fields) =>
  loggedModels.logParams(fields.text('model_id'), fields.keyValues('params'));

const setTags: MlflowHandler = async ({ loggedModels }, fields) => ({
  model: loggedModelDocument(await loggedModels.setTags(fields.text('model_id'), fields.keyValues('tags'))),
});

const deleteTag: MlflowHandler = ({ loggedModels }, fields) =>
  loggedModels.deleteTag(fields.text('model_id'), fields.text('*'));

const search: MlflowHandler = async ({ loggedModels }, fields) => {
  const experimentIds = fields.texts('experiment_ids');
  const filter = fields.optionalText('filter') ?? '';
  const datasets = fields.objects('datasets').map((dataset) => ({
    name: dataset.text('dataset_name'),
    digest: dataset.optionalText('dataset_digest'),
  }));
  const orderBy = fields.objects('order_by').map(orderOf);
  const page = pageOf(fields, pages, [experimentIds, datasets, filter, orderBy]);
  const { items, more } = await loggedModels.search(experimentIds, datasets, { filter, orderBy, page });
  return { models: items.map(loggedModelDocument), ...pageTokenAfter(page, more) };
};

/** Orders come as objects here, and as the texts of all other searches inside. */
function orderOf(order: RequestFields): string {
  if (order.optionalText('dataset_name')) {
    throw new InvalidParameterError(
      'An order by a metric on one dataset is not supported; name it in datasets.',
    );
  }
  const [, kind, key] = /^(?:(metrics|params|tags|attributes)\.)?(.+)$/s.exec(order.text('field_name'))!;
  const name = key.startsWith('`') ? key : `\`${key.replaceAll('`', '``')}\``;
  const descending = order.optionalFlag('ascending') === false;
  return `${kind ?? 'attributes'}.${name} ${descending ? 'DESC' : 'ASC'}`;
}

/** A logged model as MLflow shows it. */
export function loggedModelDocument(model: LoggedModel): object {
  return {
    info: {
      model_id: model.id,
      experiment_id: model.experimentId,
      name: model.name,
      creation_timestamp_ms: model.createdAtMs,
      last_updated_timestamp_ms: model.updatedAtMs,
      artifact_uri: model.artifactUri,
      status: `${prefix}${model.status}`,
      model_type: model.modelType,
      source_run_id: model.sourceRunId,
      tags: model.tags,
    },
    data: {
      params: model.params,
      metrics: model.metrics.map((metric) => ({ ...metricDocument(metric), run_id: metric.runId })),
    },
  };
}

export const LOGGED_MODEL_ROUTES = [
  POST('/logged-models', create),
  POST('/logged-models/search', search),
  GET('/logged-models/:model_id', get),
  PATCH('/logged-models/:model_id', finalize),
  DELETE('/logged-models/:model_id', remove),
  POST('/logged-models/:model_id/params', logParams),
  PATCH('/logged-models/:model_id/tags', setTags),
  DELETE('/logged-models/:model_id/tags/*', deleteTag),
];
