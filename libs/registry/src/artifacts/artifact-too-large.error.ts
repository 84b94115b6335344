import { RegistryError } from '../errors';

/** More bytes than this installation takes for one artifact; nothing of it was kept. */
export class ArtifactTooLargeError extends RegistryError {
  readonly code = 'ARTIFACT_TOO_LARGE';
  readonly kind = 'too-large';

  constructor(maxBytes: number) {
    super(
      `Expected an artifact of at most ${maxBytes} bytes; more came.`,
      'Split it, or raise MAX_ARTIFACT_BYTES of this installation.',
    );
  }
}
