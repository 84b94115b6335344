import { EXPERIMENT_ROUTES } from './experiment.handlers';
import { LOGGED_MODEL_ROUTES } from './logged-model.handlers';
import { MlflowRoute } from './mlflow.route';
import { MODEL_VERSION_ROUTES } from './model-version.handlers';
import { REGISTERED_MODEL_ROUTES } from './registered-model.handlers';
import { RUN_ROUTES } from './run.handlers';
import { SEARCH_ROUTES } from './search.handlers';

/** All addresses of the API that speak JSON. */
export const ROUTES: readonly MlflowRoute[] = [
  ...EXPERIMENT_ROUTES,
  ...RUN_ROUTES,
  ...SEARCH_ROUTES,
  ...LOGGED_MODEL_ROUTES,
  ...REGISTERED_MODEL_ROUTES,
  ...MODEL_VERSION_ROUTES,
];
