import { Detection, DetectionWithCandidates } from '../detection';
import { Detector } from '../detector';
import { ModelDescription } from '../model-description';
import { Clock, systemClock } from '../scheduling/clock';
import { RequestOptions } from '../scheduling/pool-request';
import { answersFor, CachedResult, findingsFrom } from './candidate-set';
import { fingerprintOf, ResultKey } from './result-key';
import { ResultStore, ResultStoreStats } from './result-store';
import { SingleFlight } from './single-flight';

/** A detector as the cache needs it. */
export type CachableDetector = Pick<Detector, 'state' | 'conditions' | 'detect' | 'detectWithCandidates'>;

/** How a request with a known digest wants to be treated. */
export interface CachedRequestOptions extends RequestOptions {
  /** SHA-256 of the bytes, lower-case hex. */
  readonly imageSha256: string;
}

/** Requests since the start, by how they were answered, and the store. */
export interface ResultCacheStats {
  readonly hits: number;
  /** Runs that were started because nothing usable was kept. */
  readonly misses: number;
  /** Requests that another request's run answered. */
  readonly joined: number;
  readonly store: ResultStoreStats;
}

/** What of a model is worked out once. */
interface Profile {
  /** Tells loaded models apart: those of equal weights may differ in thresholds and names. */
  readonly number: number;
  readonly fingerprint: string;
  readonly thresholds: Float32Array;
}

/** What an image is asked of, and under what the result is kept. */
interface Question {
  readonly model: ModelDescription;
  readonly profile: Profile;
  readonly key: ResultKey;
}

/**
 * Answers images that are known without running the model, and runs it once for requests that bring the same image at
 * the same time.
 *
 * What is kept are candidates before thresholds and suppression, so one entry answers for all thresholds, and a hit
 * has the very findings of a run. A model is part of the key, with all else that decides its candidates: another model
 * can never be answered for. Headers are not kept, so no answer from here has one.
 */
export class ResultCache {
  private readonly profiles = new WeakMap<ModelDescription, Profile>();
  private modelsSeen = 0;
  private readonly flights: SingleFlight<Detection>;
  private readonly counts = { hits: 0, misses: 0, joined: 0 };

  /** The store becomes the cache's: it is closed with it. */
  constructor(
    private readonly store: ResultStore,
    private readonly clock: Clock = systemClock,
  ) {
    this.flights = new SingleFlight(clock);
  }

  /**
   * Finds abnormalities like `Detector.detect`, and rejects like it. `bytes` must not change until this resolves, and
   * never where it rejects or the answer is another run's (`joined`): others may wait for a run on them.
   */
  async detect(
    detector: CachableDetector,
    bytes: Uint8Array,
    { imageSha256, onWorkerLost, ...options }: CachedRequestOptions,
  ): Promise<Detection> {
    const { state, conditions } = detector;
    if (state.status !== 'ready' || !conditions) return detector.detect(bytes, { ...options, onWorkerLost });
    const { model } = state;
    const profile = this.profileOf(model, conditions);
    const key = { modelSha256: model.digestSha256, fingerprint: profile.fingerprint, imageSha256 };
    const { answer, joined } = await this.flights.join(
      `${profile.number}:${imageSha256}`,
      (terms) => this.answer(detector, { model, profile, key }, bytes, { ...terms, onWorkerLost }),
      options,
    );
    if (joined) this.counts.joined++;
    else if (answer.cached === 'hit') this.counts.hits++;
    return joined ? { ...answer, cached: 'joined' } : answer;
  }

  /** Frees what is kept of a model that serves no longer. Its results could not have been used anyway. */
  forget(modelSha256: string): Promise<void> {
    return this.store.forget(modelSha256);
  }

  get stats(): ResultCacheStats {
    return { ...this.counts, store: this.store.stats };
  }

  close(): Promise<void> {
    return this.store.close();
  }

  private async answer(
    detector: CachableDetector,
    { model, profile, key }: Question,
    bytes: Uint8Array,
    { deadlineMs, ...terms }: RequestOptions,
  ): Promise<Detection> {
    const started = this.clock.now();
    const kept = await this.store.get(key);
    if (kept && answersFor(kept.candidates, profile.thresholds))
      return this.answerFrom(kept, model, profile.thresholds);
    this.counts.misses++;
    const left = deadlineMs !== undefined && {
      deadlineMs: Math.max(0, deadlineMs - (this.clock.now() - started)),
    };
    const detection = await detector.detectWithCandidates(bytes, { ...terms, ...left });
    this.keep(key, detection);
    const { header: _header, candidates: _candidates, ...answer } = detection;
    return answer;
  }

  private answerFrom(kept: CachedResult, model: ModelDescription, thresholds: Float32Array): Detection {
    const started = this.clock.now();
    const findings = findingsFrom(kept, model, thresholds);
    const { source, width, height } = kept;
    const { name, version, digestSha256 } = model;
    const postprocess = this.clock.now() - started;
    return {
      source,
      width,
      height,
      findings,
      model: { name, version, digestSha256 },
      timingsMs: { queue: 0, decode: 0, letterbox: 0, run: 0, postprocess },
      cached: 'hit',
    };
  }

  /** Not waited for: the answer does not depend on it. */
  private keep(key: ResultKey, { source, width, height, candidates, model }: DetectionWithCandidates): void {
    if (!candidates || model.digestSha256 !== key.modelSha256) return;
    void this.store.put(key, { source, width, height, candidates });
  }

  private profileOf(
    model: ModelDescription,
    conditions: NonNullable<CachableDetector['conditions']>,
  ): Profile {
    const known = this.profiles.get(model);
    if (known) return known;
    const thresholds = Float32Array.from(model.perClassThresholds);
    const profile = { number: this.modelsSeen++, fingerprint: fingerprintOf(model, conditions), thresholds };
    this.profiles.set(model, profile);
    return profile;
  }
}
