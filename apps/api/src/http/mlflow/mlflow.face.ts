import { ObjectStore } from '@thorax/platform';
import {
  ArtifactRepository,
  ArtifactStore,
  ExperimentRepository,
  LoggedModelRepository,
  ModelInspectionOptions,
  ModelInspector,
  ModelSearch,
  ModelSourceReader,
  ModelVersionRepository,
  RegisteredModelRepository,
  RunLogRepository,
  RunRepository,
  StageRules,
  TrackingSearch,
} from '@thorax/registry';
import { DataSource } from 'typeorm';

/** Surroundings and bounds of the face. */
export interface MlflowOptions {
  readonly database: DataSource;
  readonly objects: ObjectStore;
  readonly maxArtifactBytes: number;
  readonly stageRules: StageRules;
  readonly inspection: ModelInspectionOptions;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** What the routes of MLflow's REST API share. */
export class MlflowFace {
  readonly experiments: ExperimentRepository;
  readonly runs: RunRepository;
  readonly runLog: RunLogRepository;
  readonly search: TrackingSearch;
  readonly artifacts: ArtifactStore;
  readonly loggedModels: LoggedModelRepository;
  readonly models: RegisteredModelRepository;
  readonly versions: ModelVersionRepository;
  readonly modelSearch: ModelSearch;
  readonly now: () => number;

  constructor({ database, objects, maxArtifactBytes, stageRules, inspection, now }: MlflowOptions) {
    this.experiments = new ExperimentRepository(database, now);
    this.runs = new RunRepository(database, now);
    this.runLog = new RunLogRepository(database);
    this.search = new TrackingSearch(database);
    this.artifacts = new ArtifactStore(objects, new ArtifactRepository(database, now), maxArtifactBytes);
    this.loggedModels = new LoggedModelRepository(database, now);
    this.models = new RegisteredModelRepository(database, now);
    const inspector = new ModelInspector(this.artifacts, inspection);
    const sources = new ModelSourceReader(database, this.artifacts, this.loggedModels, inspector);
    this.versions = new ModelVersionRepository(database, sources, stageRules, now);
    this.modelSearch = new ModelSearch(database);
    this.now = now;
  }
}
