import { stageNamed, versionNumberOf } from '@thorax/registry';
import { actorOf } from './caller';
import { DELETE, GET, MlflowHandler, PATCH, POST } from './mlflow.route';
import { modelVersionDocument, registeredModelDocument } from './model.documents';
import { pageTokenAfter } from './page';
import { searchOf } from './search.handlers';

const pages = { default: 100, most: 1_000 };

const create: MlflowHandler = async ({ models }, fields) => ({
  registered_model: registeredModelDocument(
    await models.create({
      name: fields.text('name'),
      description: fields.optionalText('description'),
      tags: fields.keyValues('tags'),
    }),
  ),
});

const get: MlflowHandler = async ({ models }, fields) => ({
  registered_model: registeredModelDocument(await models.get(fields.text('name'))),
});

const rename: MlflowHandler = async ({ models }, fields) => ({
  registered_model: registeredModelDocument(
    await models.rename(fields.text('name'), fields.text('new_name')),
  ),
});

const update: MlflowHandler = async ({ models }, fields) => ({
  registered_model: registeredModelDocument(
    await models.describe(fields.text('name'), fields.optionalText('description') ?? ''),
  ),
});

const remove: MlflowHandler = ({ models }, fields, { request }) =>
  models.delete(fields.text('name'), actorOf(request));

const search: MlflowHandler = async ({ modelSearch }, fields) => {
  const request = searchOf(fields, pages);
  const { items, more } = await modelSearch.models(request);
  return { registered_models: items.map(registeredModelDocument), ...pageTokenAfter(request.page, more) };
};

const latestVersions: MlflowHandler = async ({ models }, fields) => {
  const stages = fields.texts('stages').map(stageNamed);
  const versions = await models.latestVersions(fields.text('name'), stages.length > 0 ? stages : undefined);
  return { model_versions: versions.map(modelVersionDocument) };
};

const setTag: MlflowHandler = ({ models }, fields) => models.setTag(fields.text('name'), fields.keyValue());

const deleteTag: MlflowHandler = ({ models }, fields) =>
  models.deleteTag(fields.text('name'), fields.text('key'));

const setAlias: MlflowHandler = ({ models }, fields) =>
  models.setAlias(fields.text('name'), fields.text('alias'), versionNumberOf(fields.text('version')));

const deleteAlias: MlflowHandler = ({ models }, fields) =>
  models.deleteAlias(fields.text('name'), fields.text('alias'));

const getByAlias: MlflowHandler = async ({ versions }, fields) => ({
  model_version: modelVersionDocument(await versions.getByAlias(fields.text('name'), fields.text('alias'))),
});

export const REGISTERED_MODEL_ROUTES = [
  POST('/registered-models/create', create),
  GET('/registered-models/get', get),
  POST('/registered-models/rename', rename),
  PATCH('/registered-models/update', update),
  DELETE('/registered-models/delete', remove),
  GET('/registered-models/search', search),
  GET('/registered-models/get-latest-versions', latestVersions),
  POST('/registered-models/get-latest-versions', latestVersions),
  POST('/registered-models/set-tag', setTag),
  DELETE('/registered-models/delete-tag', deleteTag),
  POST('/registered-models/alias', setAlias),
  DELETE('/registered-models/alias', deleteAlias),
  GET('/registered-models/alias', getByAlias),
];
