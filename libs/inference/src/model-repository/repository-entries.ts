import { basename, extname } from 'node:path';
import { ModelDescription } from '../model-description';
import { RepositoryEntry } from '../open-inference/server-documents';
import { CatalogueEntry, compareVersions } from './model-catalogue';
import { VersionState } from './version.state';

/** A version and where it stands. */
export interface Standing {
  readonly name: string;
  readonly version?: string;
  readonly state: VersionState;
}

/** All that a repository knows of its models. */
export interface RepositoryFacts {
  readonly primary: {
    /** Its file, whose name stands for it until it is known. */
    readonly path: string;
    readonly description?: ModelDescription;
    readonly state: VersionState;
  };
  /** What is in the folder. */
  readonly found: readonly CatalogueEntry[];
  /** How the last load or unload ended, of what is not served. */
  readonly outcomes: readonly Standing[];
  readonly loading: readonly Standing[];
  /** What is served or about to go. */
  readonly served: readonly Standing[];
}

const NOT_LOADED = 'it is not loaded';

/** The repository index: every version once, the primary first, the rest by name and version. */
export function repositoryEntries(facts: RepositoryFacts): readonly RepositoryEntry[] {
  const { path, description, state } = facts.primary;
  const primary: Standing = description
    ? { name: description.name, version: description.version, state }
    : { name: basename(path, extname(path)), state };
  const standings = new Map<string, Standing>();
  // What comes later knows better.
  const inOrder = [...facts.found.map(standingOf), ...facts.outcomes, ...facts.loading, ...facts.served];
  for (const standing of inOrder) standings.set(keyOf(standing), standing);
  standings.delete(keyOf(primary));
  const rest = [...standings.values()].sort(
    (a, b) => a.name.localeCompare(b.name, 'en') || compareVersions(a.version ?? '', b.version ?? ''),
  );
  return [primary, ...rest].map(entryOf);
}

function keyOf({ name, version = '' }: Standing): string {
  return `${name}:${version}`;
}

function standingOf(entry: CatalogueEntry): Standing {
  const reason = 'problem' in entry ? entry.problem : NOT_LOADED;
  return { name: entry.name, version: entry.version, state: { status: 'unavailable', reason } };
}

function entryOf({ name, version, state }: Standing): RepositoryEntry {
  const reason =
    state.status === 'loading' ? 'it is still loading' : 'reason' in state ? state.reason : undefined;
  return {
    name,
    ...(version && { version }),
    state: state.status.toUpperCase() as RepositoryEntry['state'],
    ...(reason !== undefined && { reason }),
  };
}
