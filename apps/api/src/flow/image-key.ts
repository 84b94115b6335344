import { webcrypto } from 'node:crypto';

/**
 * SHA-256 of an image's bytes as they arrived, lower-case hex. Computed off the event loop, which a film of
 * ten megabytes would hold up for as many milliseconds. The bytes must not change until it settles.
 */
export async function imageSha256(bytes: Uint8Array): Promise<string> {
  return Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)).toString(
    'hex',
  );
}

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
