import { ApplicationError } from '@thorax/platform';

export class NotMultipartError extends ApplicationError {
  readonly code = 'NOT_MULTIPART';
  readonly kind = 'unsupported';

  constructor() {
    super(
      'Expected a multipart/form-data body.',
      'Send the image as a form field, for example: curl -F file=@image.png …',
    );
  }
}

export class FileMissingError extends ApplicationError {
  readonly code = 'FILE_MISSING';
  readonly kind = 'invalid';

  constructor(field: string) {
    super(
      `Expected at least one file in the form field "${field}"; none came.`,
      `Name the form field "${field}".`,
    );
  }
}

export class UnexpectedFieldError extends ApplicationError {
  readonly code = 'UNEXPECTED_FIELD';
  readonly kind = 'invalid';

  constructor(field: string) {
    super(
      `Expected files in the form field "${field}" only; a file came in another field.`,
      `Name the form field "${field}".`,
    );
  }
}

export class TooManyFilesError extends ApplicationError {
  readonly code = 'TOO_MANY_FILES';
  readonly kind = 'too-large';

  constructor(maxFiles: number) {
    super(
      `Expected at most ${maxFiles} file(s) in one request; more came.`,
      'Split the files over several requests.',
    );
  }
}

export class BodyTooLargeError extends ApplicationError {
  readonly code = 'BODY_TOO_LARGE';
  readonly kind = 'too-large';

  constructor(what: string, maxBytes: number) {
    super(`Expected ${what} of at most ${maxBytes} bytes; more came.`, 'Send fewer or smaller files.');
  }
}

export class MalformedMultipartError extends ApplicationError {
  readonly code = 'MALFORMED_MULTIPART';
  readonly kind = 'invalid';

  constructor() {
    super('The multipart body ended early or is not well-formed.', 'Send the request again, complete.');
  }
}
