import { stageNamed, versionNumberOf } from '@thorax/registry';
import { actorOf, expectedRevisionOf, revisionTag } from './caller';
import { DELETE, GET, MlflowHandler, PATCH, POST } from './mlflow.route';
import { modelVersionDocument, transitionDocument } from './model.documents';
import { pageTokenAfter } from './page';
import { RequestFields } from './request.fields';
import { searchOf } from './search.handlers';

const pages = { default: 10_000, most: 200_000 };

const create: MlflowHandler = async ({ versions }, fields) => ({
  model_version: modelVersionDocument(
    await versions.create({
      name: fields.text('name'),
      source: fields.text('source'),
      runId: fields.optionalText('run_id'),
      runLink: fields.optionalText('run_link'),
      loggedModelId: fields.optionalText('model_id'),
      description: fields.optionalText('description'),
      tags: fields.keyValues('tags'),
    }),
  ),
});

/** The revision comes along as the ETag; send it back as If-Match with a transition. */
const get: MlflowHandler = async ({ versions }, fields, { reply }) => {
  const version = await versions.get(...addressOf(fields));
  void reply.header('ETag', revisionTag(version.revision));
  return { model_version: modelVersionDocument(version) };
};

const update: MlflowHandler = async ({ versions }, fields) => ({
  model_version: modelVersionDocument(
    await versions.describe(...addressOf(fields), fields.optionalText('description') ?? ''),
  ),
});

const remove: MlflowHandler = ({ versions }, fields, { request }) =>
  versions.delete(...addressOf(fields), actorOf(request));

const search: MlflowHandler = async ({ modelSearch }, fields) => {
  const request = searchOf(fields, pages);
  const { items, more } = await modelSearch.versions(request);
  return { model_versions: items.map(modelVersionDocument), ...pageTokenAfter(request.page, more) };
};

const downloadUri: MlflowHandler = async ({ versions }, fields) => ({
  artifact_uri: (await versions.get(...addressOf(fields))).storageLocation,
});

const setTag: MlflowHandler = ({ versions }, fields) =>
  versions.setTag(...addressOf(fields), fields.keyValue());

const deleteTag: MlflowHandler = ({ versions }, fields) =>
  versions.deleteTag(...addressOf(fields), fields.text('key'));

/** MLflow has no place for a reason; `comment` and `evidence` are ours, and optional. */
const transition: MlflowHandler = async ({ versions }, fields, { request, reply }) => {
  const [name, version] = addressOf(fields);
  const moved = await versions.transition({
    name,
    version,
    to: stageNamed(fields.text('stage')),
    archiveOthers: fields.flag('archive_existing_versions'),
    expectedRevision: expectedRevisionOf(request),
    actor: actorOf(request),
    reason: fields.optionalText('comment') || 'None given: requested over the MLflow API.',
    evidence: fields.optionalObject('evidence') ?? {},
  });
  void reply.header('ETag', revisionTag(moved.revision));
  return { model_version: modelVersionDocument(moved) };
};

/** Not of MLflow: how a version came to its stage. */
const history: MlflowHandler = async ({ versions }, fields) => ({
  stage_transitions: (await versions.history(...addressOf(fields))).map(transitionDocument),
});

function addressOf(fields: RequestFields): [name: string, version: number] {
  return [fields.text('name'), versionNumberOf(fields.text('version'))];
}

export const MODEL_VERSION_ROUTES = [
  POST('/model-versions/create', create),
  GET('/model-versions/get', get),
  PATCH('/model-versions/update', update),
  DELETE('/model-versions/delete', remove),
  GET('/model-versions/search', search),
  GET('/model-versions/get-download-uri', downloadUri),
  POST('/model-versions/set-tag', setTag),
  DELETE('/model-versions/delete-tag', deleteTag),
  POST('/model-versions/transition-stage', transition),
  GET('/model-versions/stage-transitions', history),
];
