import { invalid, Section, sectionOf, shown } from './config-section';

/** Instances as a model's configuration asks for them; what is absent is not asked for. */
export interface InstanceConfig {
  /** Workers that hold the model, ≥ 1. */
  readonly workers?: number;
  /** Threads of one run, ≥ 1. */
  readonly intraOpThreads?: number;
  /** Whether a GPU is demanded. */
  readonly gpu?: boolean;
}

/** Keys of `serving` that are about instances. */
export const INSTANCE_KEYS = ['instances', 'intra_op_threads', 'instance_group'] as const;

const MOST_WORKERS = 256;
const MOST_GROUPS = 16;
const KINDS = ['KIND_AUTO', 'KIND_CPU', 'KIND_GPU'] as const;
const GROUP_KEYS = ['name', 'kind', 'count', 'gpus'];

/**
 * Reads `serving.instances` and `serving.intra_op_threads`, or Triton's `instance_group: [{count, kind}]` there or in
 * the document's root; counts of several groups add up. `undefined` when nothing is said. Throws
 * `InvalidModelConfigError`.
 */
export function instanceConfigOf(root: Section, serving: Section): InstanceConfig | undefined {
  const groups = groupsOf(serving) ?? groupsOf(root);
  const workers = serving.integer('instances', 1, MOST_WORKERS) ?? groups?.workers;
  const intraOpThreads = serving.integer('intra_op_threads', 1, MOST_WORKERS);
  if (workers === undefined && intraOpThreads === undefined) return undefined;
  return {
    ...(workers !== undefined && { workers }),
    ...(intraOpThreads !== undefined && { intraOpThreads }),
    ...(groups?.gpu && { gpu: true }),
  };
}

/** The same of one section's `instance_group`. */
export function groupsOf(section: Section): { workers: number; gpu: boolean } | undefined {
  const value = section.values['instance_group'];
  if (value === undefined || value === null) return undefined;
  const path = section.at('instance_group');
  if (!Array.isArray(value) || value.length === 0 || value.length > MOST_GROUPS) {
    throw invalid(path, `a list of 1 to ${MOST_GROUPS} groups {count, kind}`, shown(value));
  }
  const groups = value.map((group, index) => sectionOf(group, `${path}.${index}`, GROUP_KEYS));
  const workers = groups.reduce((sum, group) => sum + (group.integer('count', 1, MOST_WORKERS) ?? 1), 0);
  if (workers > MOST_WORKERS) throw invalid(path, `at most ${MOST_WORKERS} instances together`, `${workers}`);
  return { workers, gpu: groups.some((group) => group.choice('kind', KINDS) === 'KIND_GPU') };
}
