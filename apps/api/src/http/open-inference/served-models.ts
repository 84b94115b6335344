import {
  invalidArgument,
  LoadWish,
  ModelLoadFailedError,
  ModelNotFoundError,
  ModelRepository,
  ModelVersionSource,
  PrimaryModelError,
  ProtocolError,
  quoted,
  readLoadConfig,
  ReadyModel,
  RepositoryEntry,
  UploadedFiles,
  VersionPolicy,
  writeUploadedModel,
} from '@thorax/inference';

export type { ReadyModel } from '@thorax/inference';

/** `parameters` of a load or unload: JSON values, or bytes where a face carries files as such. */
export type RepositoryParameters = Readonly<Record<string, unknown>>;

const FILE = 'file:';

/** The repository as clients of the protocol see it: names, texts and errors are the protocol's. */
export class ServedModels {
  constructor(
    private readonly repository: ModelRepository,
    private readonly acceptUploads: boolean,
  ) {}

  /** All that can be asked now. */
  get ready(): readonly ReadyModel[] {
    return this.repository.ready;
  }

  /**
   * The model by the name and version of an address; without a version as `ModelRepository.require` says. Throws a
   * `not-found` ProtocolError for another one, and `ModelUnavailableError` for one that is not ready or while it is
   * not known which one the primary is. Whoever awaits anything between this and the answer holds it meanwhile.
   */
  require(name: string, version?: string): ReadyModel {
    try {
      return this.repository.require(name, version);
    } catch (error) {
      throw asProtocolError(error);
    }
  }

  /** Everything in the repository, loaded or not, as it was when it was refreshed last. */
  entries(): readonly RepositoryEntry[] {
    return this.repository.entries();
  }

  /** Looks at the folder of models again. */
  refresh(): Promise<void> {
    return this.repository.refresh();
  }

  /** Why the primary is not ready. */
  get reason(): string {
    return this.repository.entries()[0]?.reason ?? 'it is still loading';
  }

  /**
   * Loads from the folder, or from files in `parameters` where uploads are accepted, and resolves when every version
   * meant is ready: the one of the address, those of `version_policy` in `config`, or the latest. A load adds, it never
   * unloads other versions. Rejects with a ProtocolError or `ModelUnavailableError`.
   */
  async load(name: string, parameters: RepositoryParameters = {}, version?: string): Promise<void> {
    const files = this.filesOf(name, parameters);
    const { config } = parameters;
    if (files.size > 0 && config === undefined) {
      throw invalidArgument(
        `failed to load ${quoted(name)}: files need a 'config' beside them, which may be '{}'`,
      );
    }
    const wish: LoadWish | undefined = config === undefined ? undefined : readLoadConfig(name, config);
    try {
      const sources = await this.sourcesOf(name, files, versionsOf(wish, version));
      const overrides = wish && hasOverrides(wish) ? wish.overrides : undefined;
      await loadAll(
        this.repository,
        sources.map((source) => withOverrides(source, overrides)),
      );
    } catch (error) {
      if (!(error instanceof ModelNotFoundError) || wish) throw asProtocolError(error);
      await this.requireLoaded(name, version);
    }
  }

  /** Resolves when requests under way are answered and memory is given back. Rejects with a ProtocolError. */
  async unload(name: string, parameters: RepositoryParameters = {}, version?: string): Promise<void> {
    const { unload_dependents: dependents } = parameters;
    // No model depends on another here, so there is nothing more to unload.
    if (dependents !== undefined && typeof dependents !== 'boolean') {
      throw invalidArgument(`failed to unload ${quoted(name)}: 'unload_dependents' must be true or false`);
    }
    try {
      await this.repository.unload(name, version);
    } catch (error) {
      throw asProtocolError(error);
    }
  }

  /** A model that is not in the folder can only be one that is served already, the primary for one. */
  private async requireLoaded(name: string, version?: string): Promise<void> {
    await this.repository.primary.whenSettled();
    this.require(name, version);
  }

  private filesOf(name: string, parameters: RepositoryParameters): UploadedFiles {
    const files = Object.entries(parameters).filter(([key]) => key.startsWith(FILE));
    if (files.length > 0 && !this.acceptUploads) {
      throw new ProtocolError(
        'unsupported',
        `failed to load ${quoted(name)}: ${quoted(files[0]![0])} in a load request is not supported unless ` +
          'OPEN_INFERENCE_UPLOADS=accept; put the model into MODEL_REPOSITORY',
      );
    }
    const contents = files.map(([key, content]) => {
      if (typeof content === 'string' || content instanceof Uint8Array)
        return [key.slice(FILE.length), content] as const;
      throw invalidArgument(`failed to load ${quoted(name)}: ${quoted(key)} must be base64`);
    });
    return new Map(contents);
  }

  private async sourcesOf(
    name: string,
    files: UploadedFiles,
    policy: VersionPolicy | undefined,
  ): Promise<readonly ModelVersionSource[]> {
    if (files.size === 0) return this.repository.find(name, policy);
    return writeUploadedModel(name, files);
  }
}

function versionsOf(wish: LoadWish | undefined, version: string | undefined): VersionPolicy | undefined {
  return version === undefined ? wish?.versions : { kind: 'specific', versions: [version] };
}

function hasOverrides({ overrides: { instances, serving } }: LoadWish): boolean {
  return instances !== undefined || Object.keys(serving ?? {}).length > 0;
}

function withOverrides(
  source: ModelVersionSource,
  overrides: LoadWish['overrides'] | undefined,
): ModelVersionSource {
  if (!overrides) return source;
  return { ...source, overrides, fingerprint: `${source.fingerprint}|${JSON.stringify(overrides)}` };
}

/** All are tried; the first that failed is told. */
async function loadAll(repository: ModelRepository, sources: readonly ModelVersionSource[]): Promise<void> {
  const outcomes = await Promise.allSettled(sources.map((source) => repository.load(source)));
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure) throw failure.reason;
}

/** The repository's errors as the protocol tells them: a model at fault is the request's, the primary untouchable. */
function asProtocolError(error: unknown): unknown {
  if (error instanceof ModelNotFoundError) return new ProtocolError('not-found', error.message);
  if (error instanceof ModelLoadFailedError) return invalidArgument(error.message);
  if (error instanceof PrimaryModelError) return new ProtocolError('unsupported', error.message);
  return error;
}
