import { InstancePlan } from './model-repository/resource-budget.policy';

/** What a server is for. `auto` decides by the machine. */
export const SERVING_PROFILES = ['throughput', 'latency', 'edge', 'auto'] as const;
export type ServingProfile = (typeof SERVING_PROFILES)[number];

/** Settings that a profile stands for; each can be set by itself as well. */
export interface ProfileSettings extends InstancePlan {
  /** The profile, `auto` resolved. */
  readonly profile: Exclude<ServingProfile, 'auto'>;
  /** Requests that may wait. */
  readonly maxQueueSize: number;
  /** Image bytes held at once, waiting and worked on. */
  readonly maxHeldBytes: number;
  /** See `RunnerOptions`. */
  readonly keepsMemory: boolean;
  /** Memory that all models may take together. */
  readonly memoryBudgetBytes: number;
}

const MEBIBYTE = 1024 * 1024;
/** A machine with less is an edge device to `auto`. */
const EDGE_BELOW_BYTES = 3 * 1024 * MEBIBYTE;

/**
 * Settings for a machine of `cores` ≥ 1 and `totalMemoryBytes`:
 *
 * - `throughput`: one worker a core, one thread each – most images a second.
 * - `latency`: one worker on all cores – the shortest time of a single image, and the smallest backlog before it.
 * - `edge`: one worker that leaves a core to the rest, short queues, and a runtime that gives memory back after every
 *   run – least memory.
 * - `auto`: edge on one core or below 3 GiB, otherwise throughput.
 */
export function profileOf(profile: ServingProfile, cores: number, totalMemoryBytes: number): ProfileSettings {
  const memoryBudgetBytes = Math.floor(totalMemoryBytes / 2);
  switch (profile) {
    case 'auto':
      return profileOf(
        cores === 1 || totalMemoryBytes < EDGE_BELOW_BYTES ? 'edge' : 'throughput',
        cores,
        totalMemoryBytes,
      );
    case 'throughput':
      return {
        profile,
        workers: cores,
        intraOpThreads: 1,
        maxQueueSize: 128,
        maxHeldBytes: 512 * MEBIBYTE,
        keepsMemory: true,
        memoryBudgetBytes,
      };
    case 'latency':
      return {
        ...profileOf('throughput', cores, totalMemoryBytes),
        profile,
        workers: 1,
        intraOpThreads: cores,
      };
    case 'edge':
      return {
        profile,
        workers: 1,
        intraOpThreads: Math.max(1, cores - 1),
        maxQueueSize: 16,
        maxHeldBytes: Math.min(64 * MEBIBYTE, Math.floor(totalMemoryBytes / 16)),
        keepsMemory: false,
        memoryBudgetBytes,
      };
  }
}
