import { SearchRequest, ViewType } from '@thorax/registry';
import { GET, MlflowHandler, POST } from './mlflow.route';
import { pageOf, pageTokenAfter, RequestedPage } from './page';
import { RequestFields } from './request.fields';
import { experimentDocument, runDocument } from './tracking.documents';

const views: readonly ViewType[] = ['ACTIVE_ONLY', 'DELETED_ONLY', 'ALL'];
const pages = { default: 1_000, most: 50_000 };

/** A search with a page that fits it. */
export interface RequestedSearch extends SearchRequest {
  readonly page: RequestedPage;
}

/** @param more whatever else decides what is listed */
export function searchOf(
  fields: RequestFields,
  size: { readonly default: number; readonly most: number },
  ...more: unknown[]
): RequestedSearch {
  const filter = fields.optionalText('filter') ?? '';
  const orderBy = fields.texts('order_by');
  return { filter, orderBy, page: pageOf(fields, size, [filter, orderBy, ...more]) };
}

const searchExperiments: MlflowHandler = async ({ search }, fields) => {
  const view = fields.optionalWord('view_type', views) ?? 'ACTIVE_ONLY';
  const request = searchOf(fields, pages, view);
  const { items, more } = await search.experiments(request, view);
  return { experiments: items.map(experimentDocument), ...pageTokenAfter(request.page, more) };
};

const searchRuns: MlflowHandler = async ({ search }, fields) => {
  const view = fields.optionalWord('run_view_type', views) ?? 'ACTIVE_ONLY';
  const experimentIds = fields.texts('experiment_ids');
  const request = searchOf(fields, pages, view, experimentIds);
  const { items, more } = await search.runs(experimentIds, request, view);
  return { runs: items.map(runDocument), ...pageTokenAfter(request.page, more) };
};

export const SEARCH_ROUTES = [
  POST('/experiments/search', searchExperiments),
  GET('/experiments/search', searchExperiments),
  POST('/runs/search', searchRuns),
];
