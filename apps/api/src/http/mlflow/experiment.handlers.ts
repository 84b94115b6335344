import { GET, MlflowHandler, POST } from './mlflow.route';
import { experimentDocument } from './tracking.documents';

const create: MlflowHandler = async ({ experiments }, fields) => ({
  experiment_id: await experiments.create({
    name: fields.text('name'),
    artifactLocation: fields.optionalText('artifact_location'),
    tags: fields.keyValues('tags'),
  }),
});

const get: MlflowHandler = async ({ experiments }, fields) => ({
  experiment: experimentDocument(await experiments.get(fields.text('experiment_id'))),
});

const getByName: MlflowHandler = async ({ experiments }, fields) => ({
  experiment: experimentDocument(await experiments.getByName(fields.text('experiment_name'))),
});

const update: MlflowHandler = async ({ experiments }, fields) => {
  const id = fields.text('experiment_id');
  const name = fields.optionalText('new_name');
  if (name !== undefined) await experiments.rename(id, name);
};

const remove: MlflowHandler = ({ experiments }, fields) => experiments.delete(fields.text('experiment_id'));

const restore: MlflowHandler = ({ experiments }, fields) => experiments.restore(fields.text('experiment_id'));

const setTag: MlflowHandler = ({ experiments }, fields) =>
  experiments.setTag(fields.text('experiment_id'), fields.keyValue());

const deleteTag: MlflowHandler = ({ experiments }, fields) =>
  experiments.deleteTag(fields.text('experiment_id'), fields.text('key'));

export const EXPERIMENT_ROUTES = [
  POST('/experiments/create', create),
  GET('/experiments/get', get),
  GET('/experiments/get-by-name', getByName),
  POST('/experiments/update', update),
  POST('/experiments/delete', remove),
  POST('/experiments/restore', restore),
  POST('/experiments/set-experiment-tag', setTag),
  POST('/experiments/delete-experiment-tag', deleteTag),
];
