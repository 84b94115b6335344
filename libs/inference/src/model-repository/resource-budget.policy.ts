/** How often a model runs at once, and on how many threads each time. */
export interface InstancePlan {
  /** Workers that hold the model, ≥ 1. */
  readonly workers: number;
  /** Threads of one run, ≥ 1. */
  readonly intraOpThreads: number;
}

/** What a model that says nothing gets beside the primary. */
export const ONE_BY_ONE: InstancePlan = { workers: 1, intraOpThreads: 1 };

const threadsOf = ({ workers, intraOpThreads }: InstancePlan): number => workers * intraOpThreads;

/**
 * Shares the cores. Every model may run one worker of one thread, whatever the others do: a model that is loaded
 * answers. What it wants beyond that must fit into what the others leave of `cores`; threads are granted before
 * workers, and what does not fit is cut, not refused. So n models never run more than cores + n − 1 threads as long as
 * the first, whose plan is the operator's (MAX_WORKERS), keeps to the cores.
 */
export function planInstances(
  wanted: InstancePlan,
  { cores, held }: { readonly cores: number; readonly held: readonly InstancePlan[] },
): InstancePlan {
  const taken = held.reduce((sum, plan) => sum + threadsOf(plan) - 1, 0);
  const free = Math.max(1, cores - taken);
  const intraOpThreads = Math.max(1, Math.min(wanted.intraOpThreads, free));
  const workers = Math.max(1, Math.min(wanted.workers, Math.floor(free / intraOpThreads)));
  return { workers, intraOpThreads };
}

const MEBIBYTE = 1024 * 1024;
/** The runtime's own copy of the weights, the one it packed for its kernels, and the file while it is read. */
const COPIES_OF_THE_FILE = 3;
/** A worker's heap and what a run of a detector at 640 × 640 needs; measured with the demonstration model. */
const WORKING_BYTES = 64 * MEBIBYTE;

/** Memory that a model is expected to take, before it is opened. */
export function estimatedBytes(fileBytes: number, workers: number): number {
  return workers * (COPIES_OF_THE_FILE * fileBytes + WORKING_BYTES);
}

/**
 * What a loaded model is charged: what the process grew by while it loaded, but within half and double the estimate,
 * because requests to its neighbours move that number as well.
 */
export function chargedBytes(estimate: number, measuredGrowthBytes: number): number {
  return Math.round(Math.min(2 * estimate, Math.max(estimate / 2, measuredGrowthBytes)));
}

/** Bytes that are missing for one more model; 0 when it fits. */
export function missingBytes(demand: {
  readonly neededBytes: number;
  readonly heldBytes: number;
  readonly budgetBytes: number;
}): number {
  return Math.max(0, demand.heldBytes + demand.neededBytes - demand.budgetBytes);
}
