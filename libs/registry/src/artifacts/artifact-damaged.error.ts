import { quoted, RegistryError } from '../errors';

/** The bytes of an artifact are not those that were stored. */
export class ArtifactDamagedError extends RegistryError {
  readonly code = 'ARTIFACT_DAMAGED';
  readonly kind = 'unavailable';

  constructor(path: string, expectedSha256: string, sha256: string) {
    super(
      `The artifact ${quoted(path)} was stored with SHA-256 ${expectedSha256}; what is there now has ${sha256}.`,
      'Restore the object store from its backup; nothing was done with the bytes.',
    );
  }
}
