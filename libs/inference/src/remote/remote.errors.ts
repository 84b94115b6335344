import { InferenceError } from '../errors';

/** What was said of a remote model cannot be used: an endpoint's address, or a limit. */
export class InvalidRemoteModelError extends InferenceError<{ what: string; expected: string; got: string }> {
  readonly code = 'INVALID_REMOTE_MODEL';
  readonly kind = 'misconfigured';

  constructor(details: { what: string; expected: string; got: string }) {
    super(
      `The remote model's ${details.what} must be ${details.expected}, got ${details.got}.`,
      'Correct MODEL_ENDPOINTS or the setting named, and restart.',
      details,
    );
  }
}

/** No endpoint answered in the time there was: unreachable, overloaded or too slow. */
export class RemoteEndpointUnavailableError extends InferenceError<{
  endpoints: readonly string[];
  reason: string;
}> {
  readonly code = 'REMOTE_ENDPOINT_UNAVAILABLE';
  readonly kind = 'unavailable';

  constructor(details: { endpoints: readonly string[]; reason: string }) {
    super(
      `No endpoint of the remote model answers (${details.endpoints.join(', ')}): ${details.reason}.`,
      'Retry in a moment; if it persists, start the model server or correct MODEL_ENDPOINTS.',
      details,
    );
  }
}

/** The server answered with something that is no answer of this model. */
export class RemoteAnswerInvalidError extends InferenceError<{ endpoint: string; reason: string }> {
  readonly code = 'REMOTE_ANSWER_INVALID';
  readonly kind = 'failed';

  constructor(details: { endpoint: string; reason: string }) {
    super(
      `The answer of ${details.endpoint} is not usable: ${details.reason}.`,
      'Check what the endpoint serves, and that nothing between it and this system changes answers.',
      details,
    );
  }
}

/**
 * The server is there and does not have the model. It may yet: one that is still loading its models answers the same.
 */
export class RemoteModelMissingError extends InferenceError<{
  endpoint: string;
  model: string;
  reason: string;
}> {
  readonly code = 'REMOTE_MODEL_MISSING';
  readonly kind = 'unavailable';

  constructor(details: { endpoint: string; model: string; reason: string }) {
    super(
      `${details.endpoint} does not offer the model "${details.model}": ${details.reason}.`,
      'Correct MODEL_REMOTE_NAME and MODEL_REMOTE_VERSION, or load the model there.',
      details,
    );
  }
}

/** A server describes another model than the one this system started with, so answers would come from two. */
export class RemoteModelChangedError extends InferenceError<{
  endpoint: string;
  model: string;
  expectedSha256: string;
  gotSha256: string;
}> {
  readonly code = 'REMOTE_MODEL_CHANGED';
  readonly kind = 'misconfigured';

  constructor(details: { endpoint: string; model: string; expectedSha256: string; gotSha256: string }) {
    super(
      `${details.endpoint} describes "${details.model}" differently than before: ` +
        `expected ${details.expectedSha256}, found ${details.gotSha256}.`,
      'Restart to use the new model; put new versions under new names or version numbers.',
      details,
    );
  }
}
