import { quoted, RegistryError } from '../errors';

/** A version whose file must not be opened was to be put to use. */
export class ModelNotLoadableError extends RegistryError {
  readonly code = 'MODEL_NOT_LOADABLE';
  readonly kind = 'unprocessable';
  /** Single reasons, as problem documents list them. */
  readonly details: { readonly reasons: { readonly code: string; readonly message: string }[] };

  constructor(
    version: { readonly name: string; readonly version: number },
    reasons: readonly { readonly code: string; readonly message: string }[],
    remedy: string,
  ) {
    const told = reasons.map(({ message }) => message).join(' ');
    super(`Version ${version.version} of ${quoted(version.name)} cannot be put to use. ${told}`, remedy);
    this.details = { reasons: reasons.map(({ code, message }) => ({ code, message })) };
  }
}
