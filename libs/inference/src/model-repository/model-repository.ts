import { realpath } from 'node:fs/promises';
import { Detector, DetectorOptions } from '../detector';
import { ModelUnavailableError } from '../errors';
import { RepositoryEntry } from '../open-inference/server-documents';
import { Clock, systemClock } from '../scheduling/clock';
import { fileSize } from './file-size';
import { readInstanceConfig } from './instance-config.reader';
import {
  CatalogueEntry,
  compareVersions,
  EMPTY_CATALOGUE,
  isLoadable,
  ModelCatalogue,
  ModelVersionSource,
} from './model-catalogue';
import {
  ModelLoadFailedError,
  ModelMemoryExceededError,
  ModelNotFoundError,
  PrimaryModelError,
} from './model-repository.errors';
import {
  estimatedBytes,
  InstancePlan,
  missingBytes,
  ONE_BY_ONE,
  planInstances,
} from './resource-budget.policy';
import { repositoryEntries, Standing } from './repository-entries';
import { ReadyModel, ServedVersion } from './served-version';
import { CommonDetectorOptions, VersionStarter } from './version.starter';
import { LATEST, VersionPolicy, versionsMeant } from './version.policy';
import { UNLOADED } from './version.state';

/** The model that /predict answers with. */
export interface PrimarySource {
  readonly modelPath: string;
  readonly configPath?: string;
  /** Servers that run it in place of the file, which is not read then. */
  readonly remote?: DetectorOptions['remote'];
  /** Default: what the configuration says. */
  readonly identity?: { readonly name: string; readonly version: string };
  readonly plan: InstancePlan;
}

/** Surroundings and bounds of a repository. */
export interface ModelRepositoryOptions {
  readonly primary: PrimarySource;
  /** Holds for every model: device, queue, limits, isolation. */
  readonly detector: CommonDetectorOptions;
  /** Where further models come from; default: there are none. */
  readonly catalogue?: ModelCatalogue;
  /** Cores that models share. */
  readonly cores: number;
  /** Memory that models may take together. */
  readonly memoryBudgetBytes: number;
  /** How long an unload waits for requests under way. */
  readonly unloadGraceMs: number;
  /** Resident size of the process, to learn what a model takes. */
  readonly residentBytes?: () => number;
  readonly clock?: Clock;
  /** Replaced in tests. */
  readonly create?: (options: DetectorOptions) => Detector;
}

interface LoadUnderWay {
  readonly fingerprint: string;
  readonly done: Promise<ReadyModel>;
}

const keyOf = ({ name, version }: { name: string; version: string }): string => `${name}:${version}`;

/**
 * Models and versions side by side, each behind a {@link Detector} of its own, so that none waits in the other's queue
 * and none takes the other down.
 *
 * One of them is the primary. The rest is loaded and unloaded at run time, one load at a time, within the budgets
 * of `resource-budget.policy.ts`. A request that has found its version is answered by that version: what is unloaded
 * or replaced takes nothing new, answers what it has, and only then goes.
 */
export class ModelRepository {
  private first: ServedVersion;
  private readonly further = new Map<string, ServedVersion>();
  private readonly leaving = new Map<ServedVersion, Promise<void>>();
  private readonly outcomes = new Map<string, Standing>();
  private readonly loads = new Map<string, LoadUnderWay>();
  private turn: Promise<unknown> = Promise.resolve();
  private seen: readonly CatalogueEntry[] = [];
  private readonly starter: VersionStarter;

  /** Starts loading the primary at once; never fails because of it. */
  constructor(private readonly options: ModelRepositoryOptions) {
    const { detector, clock = systemClock, residentBytes = () => process.memoryUsage.rss() } = options;
    this.starter = new VersionStarter(detector, clock, residentBytes, options.create ?? Detector.create);
    this.first = this.startPrimary(options.primary);
  }

  /** What /predict answers with, now. Look once a request and stay with it. */
  get primary(): Detector {
    return this.first.detector;
  }

  /** The primary by name and version, once it has loaded. */
  get primaryModel(): ReadyModel | undefined {
    return this.first.ready;
  }

  /** All that can be asked now, the primary first. */
  get ready(): readonly ReadyModel[] {
    return [this.first, ...this.further.values()].flatMap((version) => version.ready ?? []);
  }

  /**
   * The model by name and version. Without a version it is the primary where the name is the primary's, so that a
   * candidate beside it gets no traffic by accident, otherwise the highest. Throws {@link ModelNotFoundError}, and
   * `ModelUnavailableError` for what is there but not ready, or while it is not known what the primary is.
   */
  require(name: string, version?: string): ReadyModel {
    const named = this.ready.filter(({ description }) => description.name === name);
    const primary = this.first.ready;
    const wanted =
      version === undefined
        ? (named.find((model) => model === primary) ??
          named.toSorted((a, b) => compareVersions(a.description.version, b.description.version)).at(-1))
        : named.find(({ description }) => description.version === version);
    if (wanted) return wanted;
    const known = this.entries().findLast(
      (entry) => entry.name === name && (version === undefined || entry.version === version),
    );
    if (known)
      throw new ModelUnavailableError({ reason: `'${name}' is ${known.state}: ${known.reason ?? ''}` });
    const { state } = this.first;
    if (state.status === 'loading') throw new ModelUnavailableError({ reason: 'it is still loading' });
    if (state.status === 'unavailable') throw new ModelUnavailableError({ reason: state.reason });
    throw new ModelNotFoundError({ name, version });
  }

  /** Everything known, as the repository index tells it; the folder as {@link refresh} saw it last. */
  entries(): readonly RepositoryEntry[] {
    const served = [...this.leaving.keys(), ...this.further.values()].flatMap((version): Standing[] => {
      const { description, state } = version;
      return description ? [{ name: description.name, version: description.version, state }] : [];
    });
    const loading = [...this.loads.keys()].map((key): Standing => {
      const at = key.lastIndexOf(':');
      return { name: key.slice(0, at), version: key.slice(at + 1), state: { status: 'loading' } };
    });
    const { description, state } = this.first;
    const { modelPath, remote } = this.options.primary;
    return repositoryEntries({
      primary: { path: remote?.modelName ?? modelPath, description, state },
      found: this.seen,
      outcomes: [...this.outcomes.values()],
      loading,
      served,
    });
  }

  /** What {@link refresh} saw last. */
  get found(): readonly CatalogueEntry[] {
    return this.seen;
  }

  /** Looks at the folder again. */
  async refresh(): Promise<void> {
    this.seen = await (this.options.catalogue ?? EMPTY_CATALOGUE).list();
  }

  /**
   * The versions of a model that a load means, with what is wrong with each that cannot be loaded. Throws
   * {@link ModelNotFoundError} when there is none.
   */
  async find(name: string, policy: VersionPolicy = LATEST): Promise<readonly ModelVersionSource[]> {
    const entries = await (this.options.catalogue ?? EMPTY_CATALOGUE).versionsOf(name);
    const meant = versionsMeant(
      policy,
      entries.map(({ version }) => version ?? ''),
    );
    if (meant.length === 0) throw new ModelNotFoundError({ name });
    return entries
      .filter(({ version }) => meant.includes(version ?? ''))
      .map((entry) => {
        if (isLoadable(entry)) return entry;
        this.outcome(entry.name, entry.version ?? '', entry.problem);
        throw failed(entry, entry.problem, 'MODEL_FILE_REFUSED');
      });
  }

  /**
   * Loads a version and resolves when it answers. What is loaded already, unchanged, is not loaded again; what has
   * changed is loaded beside the old one and takes its place. Two loads of the same at once are one.
   *
   * Rejects, with the neighbours unharmed, with {@link ModelLoadFailedError}, {@link ModelMemoryExceededError} before
   * anything is opened, {@link PrimaryModelError}, or `DetectorClosedError`.
   */
  load(source: ModelVersionSource): Promise<ReadyModel> {
    const key = keyOf(source);
    const underWay = this.loads.get(key);
    if (underWay?.fingerprint === source.fingerprint) return this.joined(source, underWay.done);
    const done = this.inTurn(() => this.loadNow(source)).finally(() => {
      if (this.loads.get(key)?.done === done) this.loads.delete(key);
    });
    this.loads.set(key, { fingerprint: source.fingerprint, done });
    return done;
  }

  /**
   * Unloads one version, or all of a model, and resolves when requests under way are answered and the memory is given
   * back. What is not loaded stays so. Throws {@link ModelNotFoundError}, and {@link PrimaryModelError} for the primary.
   */
  async unload(name: string, version?: string): Promise<void> {
    await this.inTurn(async () => {
      const isMeant = (model: { name: string; version?: string }): boolean =>
        model.name === name && (version === undefined || model.version === version);
      const entries = this.entries();
      if (isMeant(entries[0]!)) throw new PrimaryModelError({ name, version, act: 'unload' });
      const meant = [...this.further.values()].filter(
        ({ description }) => description && isMeant(description),
      );
      if (meant.length === 0 && !entries.some(isMeant)) throw new ModelNotFoundError({ name, version });
      for (const served of meant) this.letGo(served);
      return meant;
    }).then((meant) => Promise.all(meant.map((served) => this.leaving.get(served))));
  }

  /**
   * Puts another model in the primary's place without a gap: it is loaded with all its workers beside the old one,
   * then new requests go to it, and the old one answers what it has before it goes. Until then both take memory and
   * cores. Rejects like {@link load}, with the old one in place.
   */
  replacePrimary(next: PrimarySource): Promise<ReadyModel> {
    return this.inTurn(async () => {
      await this.starter.settled(this.first);
      const { name, version } = next.identity ?? { name: next.modelPath, version: undefined };
      const neededBytes = estimatedBytes(fileSize(next.modelPath), next.plan.workers);
      this.requireMemory({ name, version, neededBytes });
      const served = this.startPrimary(next);
      const ready = await this.starter.bringUp({ name, version }, served);
      const old = this.first;
      this.first = served;
      const key = keyOf(ready.description);
      const same = this.further.get(key);
      if (same) this.letGo(same);
      this.outcomes.delete(key);
      this.retire(old);
      return ready;
    });
  }

  /** Answers what was accepted, for at most `graceMs`, then stops all threads. Idempotent. */
  async close(graceMs = 10_000): Promise<void> {
    this.starter.stop();
    await Promise.all(this.all.map((served) => served.detector.close(graceMs)));
    await Promise.all(this.all.map((served) => served.retire(0)));
    await this.turn;
  }

  private async loadNow(source: ModelVersionSource): Promise<ReadyModel> {
    const key = keyOf(source);
    try {
      await this.starter.settled(this.first);
      const primary = this.first.ready;
      if (primary && keyOf(primary.description) === key) {
        if (await this.isPrimary(source)) return primary;
        throw new PrimaryModelError({ ...source, act: 'load' });
      }
      const current = this.further.get(key);
      if (current?.ready && current.parts.fingerprint === source.fingerprint) {
        await source.dispose?.();
        return current.ready;
      }
      const served = await this.start(source);
      const ready = await this.starter.bringUp(source, served);
      if (current) this.retire(current);
      this.further.set(key, served);
      this.outcomes.delete(key);
      return ready;
    } catch (error) {
      await source.dispose?.();
      const { message } = error as Error;
      if (!this.further.has(key) && !(error instanceof PrimaryModelError))
        this.outcome(source.name, source.version, message);
      throw error;
    }
  }

  /** Starts workers for a source that fits the budgets. */
  private async start(source: ModelVersionSource): Promise<ServedVersion> {
    const asked = source.overrides?.instances ?? (await this.instancesOf(source));
    const { device = 'cpu' } = this.options.detector;
    if (asked?.gpu && device === 'cpu')
      throw failed(source, 'it asks for KIND_GPU, and DEVICE is cpu', 'UNSUPPORTED_DEVICE');
    const plan = planInstances({ ...ONE_BY_ONE, ...asked }, { cores: this.options.cores, held: this.plans });
    const estimate = estimatedBytes(source.fileBytes, plan.workers);
    this.requireMemory({ ...source, neededBytes: estimate });
    const { name, version, modelPath, configPath, overrides } = source;
    const files = { modelPath, configPath, identity: { name, version }, serving: overrides?.serving };
    const parts = { estimatedBytes: estimate, fingerprint: source.fingerprint, dispose: source.dispose };
    return this.starter.start(files, plan, parts);
  }

  private startPrimary({ plan, ...files }: PrimarySource): ServedVersion {
    const bytes = files.remote ? 0 : estimatedBytes(fileSize(files.modelPath), plan.workers);
    return this.starter.start(files, plan, { estimatedBytes: bytes, fingerprint: files.modelPath });
  }

  /** Whether a source in the folder is the very file of the primary. */
  private async isPrimary({ modelPath, overrides, dispose }: ModelVersionSource): Promise<boolean> {
    const primary = this.options.primary;
    const path = await realpath(primary.modelPath).catch(() => undefined);
    return !primary.remote && !overrides && !dispose && path === modelPath;
  }

  private async instancesOf(source: ModelVersionSource) {
    try {
      return await readInstanceConfig(source.configPath);
    } catch (error) {
      throw failed(
        source,
        (error as Error).message,
        (error as { code?: string }).code ?? 'INVALID_MODEL_CONFIG',
      );
    }
  }

  private requireMemory(demand: { name: string; version?: string; neededBytes: number }): void {
    const { memoryBudgetBytes: budgetBytes } = this.options;
    const heldBytes = this.all.reduce((sum, served) => sum + served.chargedBytes, 0);
    const { name, version, neededBytes } = demand;
    const missing = missingBytes({ neededBytes, heldBytes, budgetBytes });
    if (missing === 0) return;
    const unloadable = [...this.further.keys()];
    throw new ModelMemoryExceededError({
      name,
      version,
      neededBytes,
      heldBytes,
      budgetBytes,
      missingBytes: missing,
      unloadable,
    });
  }

  private get all(): ServedVersion[] {
    return [this.first, ...this.further.values(), ...this.leaving.keys(), ...this.starter.starting];
  }

  private get plans(): InstancePlan[] {
    return [this.first, ...this.further.values()].map(({ parts }) => parts.plan);
  }

  private letGo(served: ServedVersion): void {
    const { name, version } = served.description!;
    this.further.delete(keyOf({ name, version }));
    this.outcome(name, version, UNLOADED);
    this.retire(served);
  }

  private retire(served: ServedVersion): void {
    const gone = served.retire(this.options.unloadGraceMs).finally(() => this.leaving.delete(served));
    this.leaving.set(served, gone);
  }

  private outcome(name: string, version: string, reason: string): void {
    const key = keyOf({ name, version });
    this.outcomes.delete(key);
    this.outcomes.set(key, { name, version, state: { status: 'unavailable', reason } });
    // Names come from clients where uploads are accepted: what is remembered of them is bounded.
    if (this.outcomes.size > MAX_OUTCOMES) this.outcomes.delete(this.outcomes.keys().next().value!);
  }

  private async joined(source: ModelVersionSource, done: Promise<ReadyModel>): Promise<ReadyModel> {
    await source.dispose?.();
    return done;
  }

  /** One after another, whatever becomes of the one before. */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.turn.then(work);
    this.turn = done.catch(() => undefined);
    return done;
  }
}

const MAX_OUTCOMES = 512;

function failed(
  id: { name: string; version?: string },
  reason: string,
  causeCode: string,
): ModelLoadFailedError {
  return new ModelLoadFailedError({ name: id.name, version: id.version, reason, causeCode });
}
