import {
  Detector,
  InstanceGroup,
  ModelDescription,
  ModelInterface,
  modelInterfaceOf,
  ModelStatistics,
  ModelUnavailableError,
  ProtocolError,
  quoted,
  RepositoryEntry,
} from '@thorax/inference';
import { basename, extname } from 'node:path';

/** A model that can be asked now. */
export interface ReadyModel {
  /** What answers for it. */
  readonly detector: Detector;
  readonly description: ModelDescription;
  readonly face: ModelInterface;
  readonly instances: InstanceGroup;
  readonly statistics: ModelStatistics;
}

/** The repository as clients of the protocol see it: for now the one model this process was started with. */
export class ServedModels {
  private readonly statistics = new ModelStatistics();

  /** `modelPath` gives the name until the model has loaded and tells its own. */
  constructor(
    private readonly detector: Detector,
    private readonly modelPath: string,
    private readonly instances: InstanceGroup,
  ) {}

  /** All that can be asked now. */
  get ready(): readonly ReadyModel[] {
    const { detector, instances, statistics } = this;
    const { state, signature } = detector;
    if (state.status !== 'ready' || !signature) return [];
    const description = state.model;
    return [{ detector, description, face: modelInterfaceOf(description, signature), instances, statistics }];
  }

  /**
   * The model by the name and version of an address. Throws a `not-found` ProtocolError for another one, and
   * `ModelUnavailableError` while it is not known which one this is.
   */
  require(name: string, version?: string): ReadyModel {
    const [ready] = this.ready;
    if (!ready) throw new ModelUnavailableError({ reason: this.reason });
    const { description } = ready;
    if (name !== description.name || (version !== undefined && version !== description.version)) {
      const what = version === undefined ? quoted(name) : `${quoted(name)} version ${quoted(version)}`;
      throw new ProtocolError('not-found', `Request for unknown model: ${what} is not found`);
    }
    return ready;
  }

  /** Waits until loading is over, and then like {@link require}. */
  async requireSettled(name: string): Promise<ReadyModel> {
    await this.detector.whenSettled();
    return this.require(name);
  }

  entries(): readonly RepositoryEntry[] {
    const { state } = this.detector;
    if (state.status === 'ready')
      return [{ name: state.model.name, version: state.model.version, state: 'READY' }];
    const name = basename(this.modelPath, extname(this.modelPath));
    return [{ name, state: state.status === 'loading' ? 'LOADING' : 'UNAVAILABLE', reason: this.reason }];
  }

  /** Why there is no model. */
  get reason(): string {
    const { state } = this.detector;
    return state.status === 'unavailable' ? state.reason : 'it is still loading';
  }
}
