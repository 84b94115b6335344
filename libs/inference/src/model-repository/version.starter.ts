import { Detector, DetectorOptions } from '../detector';
import { DetectorClosedError } from '../errors';
import { Clock } from '../scheduling/clock';
import { ModelLoadFailedError } from './model-repository.errors';
import { chargedBytes, InstancePlan } from './resource-budget.policy';
import { ReadyModel, ServedVersion, ServedVersionParts } from './served-version';

/** What all models of a repository have in common. */
export type CommonDetectorOptions = Omit<
  DetectorOptions,
  'modelPath' | 'configPath' | 'remote' | 'workers' | 'intraOpThreads' | 'identity'
>;

/** What is one model's own. */
export type OwnDetectorOptions = Pick<
  DetectorOptions,
  'modelPath' | 'configPath' | 'remote' | 'identity' | 'serving'
>;

const DEFAULT_START_TIMEOUT_MS = 120_000;

/** Starts detectors and waits for them, until the repository ends. */
export class VersionStarter {
  /** Those that were started and have not come up yet. */
  readonly starting = new Set<ServedVersion>();
  private closed = false;
  private close: () => void = () => undefined;
  private readonly closing = new Promise<void>((resolve) => (this.close = resolve));

  constructor(
    private readonly common: CommonDetectorOptions,
    private readonly clock: Clock,
    private readonly residentBytes: () => number,
    private readonly create: (options: DetectorOptions) => Detector,
  ) {}

  /** Starts the workers of a model and returns at once. */
  start(
    own: OwnDetectorOptions,
    plan: InstancePlan,
    parts: Pick<ServedVersionParts, 'estimatedBytes' | 'fingerprint' | 'dispose'>,
  ): ServedVersion {
    const { common, clock } = this;
    const detector = this.create({
      ...common,
      ...own,
      ...plan,
      serving: { ...common.serving, ...own.serving },
    });
    return new ServedVersion({ detector, plan, device: common.device ?? 'cpu', clock, ...parts });
  }

  /** Waits until loading has ended one way or the other. Rejects with `DetectorClosedError` at the end. */
  async settled(served: ServedVersion): Promise<void> {
    await Promise.race([served.detector.whenSettled(), this.closing]);
    if (this.closed) throw new DetectorClosedError();
  }

  /**
   * Waits until all workers of a model have it, and learns what it takes. A model that cannot be loaded is ended.
   * Rejects with `ModelLoadFailedError` or `DetectorClosedError`.
   */
  async bringUp(id: { name: string; version?: string }, served: ServedVersion): Promise<ReadyModel> {
    const before = this.residentBytes();
    this.starting.add(served);
    try {
      await this.settled(served);
      const { ready, state } = served;
      if (!ready) throw failed(id, state, served.detector);
      await Promise.race([
        served.whenFull(this.common.startTimeoutMs ?? DEFAULT_START_TIMEOUT_MS),
        this.closing,
      ]);
      served.chargedBytes = chargedBytes(served.parts.estimatedBytes, this.residentBytes() - before);
      return ready;
    } catch (error) {
      await served.retire(0);
      throw error;
    } finally {
      this.starting.delete(served);
    }
  }

  /** Ends all waiting. */
  stop(): void {
    this.closed = true;
    this.close();
  }
}

function failed(
  { name, version }: { name: string; version?: string },
  state: ServedVersion['state'],
  { state: told }: Detector,
): ModelLoadFailedError {
  const reason = 'reason' in state ? state.reason : 'it did not load';
  const causeCode = 'code' in told ? told.code : 'INFERENCE_FAILED';
  return new ModelLoadFailedError({ name, version, reason, causeCode });
}
