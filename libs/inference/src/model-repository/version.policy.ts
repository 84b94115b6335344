import { compareVersions } from './model-catalogue';

/** Which versions of a model a load means, in Triton's words. */
export type VersionPolicy =
  | { readonly kind: 'latest'; readonly count: number }
  | { readonly kind: 'all' }
  | { readonly kind: 'specific'; readonly versions: readonly string[] };

/** What Triton does unless it is told otherwise. */
export const LATEST: VersionPolicy = { kind: 'latest', count: 1 };

/** The versions meant, by rising number. Specific ones that are not there are left out. */
export function versionsMeant(policy: VersionPolicy, available: readonly string[]): string[] {
  const sorted = [...available].sort(compareVersions);
  switch (policy.kind) {
    case 'all':
      return sorted;
    case 'latest':
      return sorted.slice(-policy.count);
    case 'specific':
      return sorted.filter((version) => policy.versions.includes(version));
  }
}
