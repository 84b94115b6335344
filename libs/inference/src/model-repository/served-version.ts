import { Detector } from '../detector';
import { ModelDescription } from '../model-description';
import { ModelStatistics } from '../open-inference/model-statistics';
import { InstanceGroup } from '../open-inference/server-documents';
import { ModelInterface, modelInterfaceOf } from '../open-inference/tensor-specification';
import { Clock } from '../scheduling/clock';
import { InstancePlan } from './resource-budget.policy';
import { nextVersionState, VersionEvent, VersionState } from './version.state';

/** A model that can be asked now. One object for as long as it is served. */
export interface ReadyModel {
  /** What answers for it. */
  readonly detector: Detector;
  readonly description: ModelDescription;
  readonly face: ModelInterface;
  readonly instances: InstanceGroup;
  readonly statistics: ModelStatistics;
  /**
   * Keeps it from going for as long as a request needs it, from before its first look at the model to its answer;
   * the returned function, which may be called twice, lets go.
   */
  hold(): () => void;
}

/** What a served version is made of. */
export interface ServedVersionParts {
  readonly detector: Detector;
  readonly plan: InstancePlan;
  readonly device: 'cpu' | 'cuda';
  /** See `ModelVersionSource`. */
  readonly fingerprint: string;
  /** Bytes of memory it is charged until it has loaded. */
  readonly estimatedBytes: number;
  readonly clock: Clock;
  readonly dispose?: () => Promise<void>;
}

const FULL_POLL_MS = 20;

/** One version of a model from the moment it is loaded until its memory is back. */
export class ServedVersion {
  /** Bytes of memory it is charged. */
  chargedBytes: number;
  private current: VersionState = { status: 'loading' };
  private known?: ReadyModel;
  private holders = 0;
  private onFree: () => void = () => undefined;
  private gone?: Promise<void>;

  constructor(readonly parts: ServedVersionParts) {
    this.chargedBytes = parts.estimatedBytes;
    void parts.detector.whenSettled().then(() => this.follow());
  }

  get detector(): Detector {
    return this.parts.detector;
  }

  /** Where it stands. A worker may come up after others could not load, so a failure is looked at anew. */
  get state(): VersionState {
    this.follow();
    return this.current;
  }

  /** `undefined` unless requests may be sent to it. */
  get ready(): ReadyModel | undefined {
    return this.state.status === 'ready' ? this.known : undefined;
  }

  /** Its description, also while it goes. */
  get description(): ModelDescription | undefined {
    return this.known?.description;
  }

  /** Resolves when all its workers have the model, or `timeoutMs` later. */
  async whenFull(timeoutMs: number): Promise<void> {
    const { clock, detector } = this.parts;
    const end = clock.now() + timeoutMs;
    for (;;) {
      const { workers, workersReady } = detector.stats();
      if (workersReady >= workers || clock.now() >= end) return;
      await new Promise<void>((resolve) => clock.after(FULL_POLL_MS, resolve));
    }
  }

  /**
   * Takes no new requests, lets running and queued ones be answered and those that hold it let go, for at most
   * `graceMs`, and then gives its memory back. Idempotent; resolves when no thread is left.
   */
  retire(graceMs: number): Promise<void> {
    return (this.gone ??= this.leave(graceMs));
  }

  private async leave(graceMs: number): Promise<void> {
    if (this.state.status !== 'loading') this.apply({ kind: 'unload' });
    const started = this.parts.clock.now();
    await this.whenFree(graceMs);
    await this.detector.close(Math.max(0, graceMs - (this.parts.clock.now() - started)));
    await this.parts.dispose?.();
    if (this.current.status === 'unloading') this.apply({ kind: 'drained' });
  }

  private whenFree(graceMs: number): Promise<void> {
    if (this.holders === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.parts.clock.after(graceMs, resolve);
      this.onFree = () => {
        cancel();
        resolve();
      };
    });
  }

  private follow(): void {
    const { detector } = this.parts;
    const { state } = detector;
    const { status } = this.current;
    if (status !== 'loading' && status !== 'unavailable') return;
    if (this.gone && status === 'unavailable') return;
    if (state.status === 'unavailable' && status === 'loading')
      this.apply({ kind: 'failed', reason: state.reason });
    if (state.status === 'ready' && detector.signature) {
      this.known ??= this.readyModel(state.model);
      this.apply({ kind: 'loaded' });
    }
  }

  private readyModel(description: ModelDescription): ReadyModel {
    const { detector, device, plan } = this.parts;
    return {
      detector,
      description,
      face: modelInterfaceOf(description, detector.signature!),
      instances: { device, count: plan.workers },
      statistics: new ModelStatistics(),
      hold: () => this.hold(),
    };
  }

  private hold(): () => void {
    this.holders++;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      if (--this.holders === 0) this.onFree();
    };
  }

  private apply(event: VersionEvent): void {
    this.current = nextVersionState(this.current, event);
  }
}
