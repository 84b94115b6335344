import { BatchReason } from '../detection';
import { Clock } from './clock';
import { DispatchPolicy } from './dispatch-policy';
import { isPainting, PoolRequest } from './pool-request';
import { RequestQueue } from './request-queue';
import { WorkerSlot } from './worker-slot';

/** A policy and how far it sees. */
export interface BatchPolicy {
  readonly decide: DispatchPolicy;
  /** Once more images than these wait, further requests make no difference to it. */
  readonly horizon: number;
}

/** What a dispatcher works with. */
export interface DispatcherOptions {
  readonly queue: RequestQueue<PoolRequest>;
  readonly slots: readonly WorkerSlot[];
  /** Groups a worker holds at once, ≥ 1. */
  readonly groupsPerWorker: number;
  readonly clock: Clock;
  /** Asked anew every time, because it depends on the model. */
  readonly policy: () => BatchPolicy;
  readonly isDraining: () => boolean;
  /** Gets requests that have left the queue. */
  readonly handOver: (slot: WorkerSlot, requests: readonly PoolRequest[], reason: BatchReason) => void;
}

/**
 * Brings waiting requests and free workers together, in the order of the queue. Requests that can share a run go
 * when and as the policy says; all others, and those that have lost a worker before, go alone and at once.
 */
export class Dispatcher {
  private cancelWakeUp: () => void = () => undefined;

  constructor(private readonly options: DispatcherOptions) {}

  /** Hands the request over at once where nobody waits and nothing is worth waiting for; otherwise false. */
  dispatchDirectly(request: PoolRequest): boolean {
    const slot = this.options.queue.size === 0 ? this.freeSlotFor(request) : undefined;
    if (!slot) return false;
    if (!isBatchable(request)) this.options.handOver(slot, [request], 'alone');
    else {
      const decision = this.decide([request], false);
      if ('askAgainInMs' in decision) return false;
      this.options.handOver(slot, [request], decision.reason ?? 'no-wait');
    }
    return true;
  }

  /** Hands over what can go now; where waiting pays, wakes up again by itself. */
  dispatch(): void {
    this.stop();
    let batchesWait = false;
    for (;;) {
      const next = this.firstServable(batchesWait);
      if (!next) return;
      const { request, slot } = next;
      if (!isBatchable(request)) this.handOver(slot, [request], 'alone');
      else batchesWait = !this.dispatchBatch(slot, request);
    }
  }

  /** Wakes up no more, until the next {@link dispatch}. */
  stop(): void {
    this.cancelWakeUp();
    this.cancelWakeUp = () => undefined;
  }

  /** False when the policy wants to wait. */
  private dispatchBatch(slot: WorkerSlot, first: PoolRequest): boolean {
    const { group, shapeFollows } = this.companionsOf(first);
    const decision = this.decide(group, shapeFollows);
    if ('askAgainInMs' in decision) {
      this.cancelWakeUp = this.options.clock.after(decision.askAgainInMs, () => this.dispatch());
      return false;
    }
    this.handOver(slot, group.slice(0, decision.take), decision.reason ?? 'no-wait');
    return true;
  }

  private decide(group: readonly PoolRequest[], shapeFollows: boolean) {
    const { clock, policy, isDraining, queue } = this.options;
    const sizes: number[] = [];
    const now = clock.now();
    let [first, leaveBy] = [Infinity, Infinity];
    for (const request of group) {
      first = Math.min(first, request.acceptedAt);
      leaveBy = Math.min(leaveBy, request.leaveBy);
      sizes.push(request.images);
    }
    return policy().decide({
      waiting: group.length,
      oldestWaitMs: now - first,
      mustLeaveInMs: leaveBy - now,
      sizes,
      shapeFollows,
      nobodyFollows: isDraining() || queue.size >= queue.maxSize,
    });
  }

  private handOver(slot: WorkerSlot, requests: readonly PoolRequest[], reason: BatchReason): void {
    this.options.queue.serve(requests);
    this.options.handOver(slot, requests, reason);
  }

  /** Requests that could share a run with `first`, in the order of service, up to one of another shape. */
  private companionsOf(first: PoolRequest): { group: PoolRequest[]; shapeFollows: boolean } {
    const group: PoolRequest[] = [];
    const { horizon } = this.options.policy();
    let images = 0;
    for (const request of this.options.queue.inOrder()) {
      if (images > horizon) break;
      if (!isBatchable(request)) continue;
      if (request.shape !== first.shape) return { group, shapeFollows: true };
      group.push(request);
      images += request.images;
    }
    return { group, shapeFollows: false };
  }

  private firstServable(batchesWait: boolean): { request: PoolRequest; slot: WorkerSlot } | undefined {
    const withModel = this.leastBusy((slot) => slot.hasModel);
    const any = withModel ?? this.leastBusy(() => true);
    if (!any) return undefined;
    for (const request of this.options.queue.inOrder()) {
      if (batchesWait && isBatchable(request)) continue;
      const slot = isPainting(request.task) ? any : withModel;
      if (slot) return { request, slot };
    }
    return undefined;
  }

  private freeSlotFor({ task }: PoolRequest): WorkerSlot | undefined {
    return this.leastBusy((slot) => slot.hasModel || isPainting(task));
  }

  /** The least busy worker that can do it, so that a second group goes to a busy one only when all are. */
  private leastBusy(suits: (slot: WorkerSlot) => boolean): WorkerSlot | undefined {
    let least: WorkerSlot | undefined;
    for (const slot of this.options.slots) {
      if (!slot.isReady || slot.load >= this.options.groupsPerWorker || !suits(slot)) continue;
      if (!least || slot.load < least.load) least = slot;
    }
    return least;
  }
}

function isBatchable({ shape, attempts }: PoolRequest): boolean {
  return shape !== undefined && attempts === 0;
}
