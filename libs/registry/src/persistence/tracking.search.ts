import { DataSource } from 'typeorm';
import { InvalidParameterError, quoted } from '../errors';
import { SearchSchema } from '../search/filter.compiler';
import { EXPERIMENT_VOCABULARY, RUN_VOCABULARY } from '../search/filter.vocabulary';
import { compileSearch, pageFrom, SearchRequest, SearchResult } from '../search/search.request';
import { Experiment, Run, ViewType } from '../tracking/tracking.types';
import { selectExperiments } from './experiment.repository';
import { readRuns } from './run.reader';
import { rowsOf } from './sql';

/** Finds experiments and runs by what is known of them. */
export class TrackingSearch {
  constructor(private readonly database: DataSource) {}

  /** Newest first, unless an order is given. @throws InvalidParameterError */
  async experiments(request: SearchRequest, view: ViewType): Promise<SearchResult<Experiment>> {
    const search = compileSearch(request, EXPERIMENT_VOCABULARY, experimentSchema, [view], 'e.id DESC');
    const found = await selectExperiments(
      this.database,
      `${viewed('e')} AND ${search.condition} ${search.orderBy} ${search.limit}`,
      search.values,
    );
    return pageFrom(found, request.page);
  }

  /** Runs of these experiments, newest first, unless an order is given. @throws InvalidParameterError */
  async runs(
    experimentIds: readonly string[],
    request: SearchRequest,
    view: ViewType,
  ): Promise<SearchResult<Run>> {
    const invalid = experimentIds.find((id) => !/^\d{1,18}$/.test(id));
    if (invalid !== undefined) {
      throw new InvalidParameterError(`Invalid experiment ID ${quoted(invalid)}: expected a decimal number.`);
    }
    const search = compileSearch(
      request,
      RUN_VOCABULARY,
      runSchema,
      [view, experimentIds],
      'r.start_time_ms DESC, r.id',
    );
    const found = await rowsOf<{ id: string }>(
      this.database,
      `SELECT r.id FROM tracking_run r WHERE ${viewed('r')} AND r.experiment_id = ANY($2::bigint[])
         AND ${search.condition} ${search.orderBy} ${search.limit}`,
      search.values,
    );
    const { items, more } = pageFrom(found, request.page);
    const ids = items.map(({ id }) => id);
    return { items: await readRuns(this.database, ids), more };
  }
}

/** What a view shows; it is the first parameter. */
function viewed(alias: 'e' | 'r'): string {
  return `($1 = 'ALL' OR (${alias}.deleted_at_ms IS NULL) = ($1 = 'ACTIVE_ONLY'))`;
}

const experimentSchema: SearchSchema = {
  columns: {
    name: 'e.name',
    experiment_id: 'e.id',
    creation_time: 'e.created_at_ms',
    last_update_time: 'e.updated_at_ms',
  },
  tag: { from: 'tracking_experiment_tag k', where: 'k.experiment_id = e.id' },
};

const runSchema: SearchSchema = {
  columns: {
    run_id: 'r.id',
    run_name: 'r.name',
    user_id: 'r.user_id',
    status: 'r.status',
    artifact_uri: 'r.artifact_uri',
    experiment_id: 'r.experiment_id::text',
    start_time: 'r.start_time_ms',
    end_time: 'r.end_time_ms',
  },
  metric: { from: 'tracking_latest_metric k', where: 'k.run_id = r.id' },
  param: { from: 'tracking_param k', where: 'k.run_id = r.id' },
  tag: { from: 'tracking_run_tag k', where: 'k.run_id = r.id' },
  dataset: {
    from: `(SELECT i.run_id, field.key, field.value
            FROM tracking_run_dataset i JOIN tracking_dataset d ON d.id = i.dataset_id
            CROSS JOIN LATERAL (
              SELECT 'name' AS key, d.name AS value UNION ALL SELECT 'digest', d.digest UNION ALL
              SELECT 'context', tag ->> 'value' FROM jsonb_array_elements(i.tags) AS tag
              WHERE tag ->> 'key' = 'mlflow.data.context') AS field) AS k`,
    where: 'k.run_id = r.id',
  },
};
