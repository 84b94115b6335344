import { createHash, createPublicKey, KeyObject, verify } from 'node:crypto';
import { RegistryError } from '../errors';
import { InspectionProblem } from './inspection.problem';

/** A key that models are signed with, as far as this installation knows it. */
export interface SigningKey {
  /** First 16 digits of the SHA-256 of its DER form (SubjectPublicKeyInfo), lower-case hex. */
  readonly id: string;
  /** What its file is called, without `.pem`. */
  readonly name: string;
  readonly key: KeyObject;
}

/** A signature file is this long at most: 64 bytes in base64, and a line end. */
export const MAX_SIGNATURE_FILE_BYTES = 128;

/** The configured keys cannot be used; nothing is decided without them. */
export class SigningKeysError extends RegistryError {
  readonly code = 'SIGNING_KEYS_UNUSABLE';
  readonly kind = 'unavailable';

  constructor(reason: string) {
    super(
      `The public keys of MODEL_SIGNING_KEYS cannot be used: ${reason}.`,
      'Put Ed25519 public keys there, one in a .pem file each.',
    );
  }
}

/** Reads a public key in PEM. @throws SigningKeysError unless it is an Ed25519 public key */
export function signingKeyOf(name: string, pem: string): SigningKey {
  if (pem.includes('PRIVATE KEY'))
    throw new SigningKeysError(`${name}.pem holds a private key, which belongs elsewhere`);
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch {
    throw new SigningKeysError(`${name}.pem is no key in PEM`);
  }
  if (key.asymmetricKeyType !== 'ed25519') throw new SigningKeysError(`${name}.pem is no Ed25519 key`);
  const der = key.export({ type: 'spki', format: 'der' });
  return { id: createHash('sha256').update(der).digest('hex').slice(0, 16), name, key };
}

/** What is signed for a model file: these bytes and nothing else, without a line end. */
export function signedMessage(sha256: string): Buffer {
  return Buffer.from(`thorax-model sha256:${sha256}`);
}

/** Whether a file is signed, and by whom. */
export type SignatureCheck =
  | { readonly key: Pick<SigningKey, 'id' | 'name'> }
  | { readonly problem: InspectionProblem };

/**
 * Verifies a detached signature offline: Ed25519 (RFC 8032) over {@link signedMessage}, base64 in a file beside the
 * model's.
 *
 * @param sha256 of the model file, lower-case hex
 * @param signature content of the signature file; undefined where there is none
 */
export function checkSignature(
  sha256: string,
  signature: string | undefined,
  keys: readonly SigningKey[],
): SignatureCheck {
  if (signature === undefined) {
    return {
      problem: unsigned(
        'SIGNATURE_MISSING',
        'This installation takes signed models only; there is no signature beside it.',
      ),
    };
  }
  const text = signature.trim();
  const bytes = /^[A-Za-z0-9+/]{86}==$/.test(text) ? Buffer.from(text, 'base64') : undefined;
  if (!bytes) {
    return {
      problem: unsigned(
        'SIGNATURE_WRONG',
        'Expected 64 bytes in base64 as the signature; something else came.',
      ),
    };
  }
  const signer = keys.find(({ key }) => verify(null, signedMessage(sha256), key, bytes));
  if (signer) return { key: { id: signer.id, name: signer.name } };
  return {
    problem: unsigned(
      'SIGNATURE_WRONG',
      'The signature is not of this file by any key that this installation knows.',
    ),
  };
}

function unsigned(code: InspectionProblem['code'], message: string): InspectionProblem {
  const remedy =
    'Sign the digest of the file with a key of this installation, store it as <file>.sig, and register again.';
  return { code, message, remedy };
}
