/** A decoder of this installation does not start: nobody's image is at fault, and sending it again later may help. */
export class DecoderUnavailableError extends Error {
  override readonly name = 'DecoderUnavailableError';
  readonly code = 'DECODER_UNAVAILABLE';

  constructor(decoder: string, cause: unknown) {
    super(`The decoder ${decoder} could not be loaded; reinstall the dependencies with \`npm ci\`.`, {
      cause,
    });
  }
}
