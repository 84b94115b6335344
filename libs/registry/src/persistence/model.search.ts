import { DataSource } from 'typeorm';
import { ModelVersion, RegisteredModel } from '../models/registered-model.types';
import { SearchSchema } from '../search/filter.compiler';
import { MODEL_VERSION_VOCABULARY, REGISTERED_MODEL_VOCABULARY } from '../search/filter.vocabulary';
import { compileSearch, pageFrom, SearchRequest, SearchResult } from '../search/search.request';
import { selectModels, selectVersions } from './model.rows';

/** Finds registered models and their versions by what is known of them. */
export class ModelSearch {
  constructor(private readonly database: DataSource) {}

  /** By name, unless an order is given. @throws InvalidParameterError */
  async models(request: SearchRequest): Promise<SearchResult<RegisteredModel>> {
    const search = compileSearch(request, REGISTERED_MODEL_VOCABULARY, modelSchema, [], 'm.name');
    const found = await selectModels(
      this.database,
      `${search.condition} ${search.orderBy} ${search.limit}`,
      search.values,
    );
    return pageFrom(found, request.page);
  }

  /** The latest change first, unless an order is given. @throws InvalidParameterError */
  async versions(request: SearchRequest): Promise<SearchResult<ModelVersion>> {
    const search = compileSearch(
      request,
      MODEL_VERSION_VOCABULARY,
      versionSchema,
      [],
      'v.updated_at_ms DESC, m.name, v.version DESC',
    );
    const found = await selectVersions(
      this.database,
      `${search.condition} ${search.orderBy} ${search.limit}`,
      search.values,
    );
    return pageFrom(found, request.page);
  }
}

/** Clients ask for models that are no prompts by this tag, which models do not have. */
const absent = { 'mlflow.prompt.is_prompt': 'false' };

const modelSchema: SearchSchema = {
  columns: {
    name: 'm.name',
    creation_timestamp: 'm.created_at_ms',
    last_updated_timestamp: 'm.updated_at_ms',
  },
  tag: { from: 'registry_model_tag k', where: 'k.registered_id = m.id', absent },
};

const versionSchema: SearchSchema = {
  columns: {
    name: 'm.name',
    version_number: 'v.version',
    run_id: 'v.run_id',
    source_path: 'v.source',
    current_stage: 'v.stage',
    creation_timestamp: 'v.created_at_ms',
    last_updated_timestamp: 'v.updated_at_ms',
  },
  tag: {
    from: 'registry_model_version_tag k',
    where: 'k.registered_id = v.registered_id AND k.version = v.version',
    absent,
  },
};
