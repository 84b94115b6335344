/**
 * Key of an image in the object store: its digest alone, so that no key says anything about a patient.
 * @param sha256 lower-case hex digest of the bytes as they arrived
 */
export function imageKeyOf(sha256: string): string {
  return `${imageKeyPrefix}${sha256.slice(0, 2)}/${sha256}`;
}

export const imageKeyPrefix = 'images/';

/** Inverse of {@link imageKeyOf}. */
export function imageDigestOf(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1);
}
