import type { Readable } from 'node:stream';
import { ApplicationError } from '../error/application-error';

/**
 * Port: immutable blobs under keys. Every adapter passes `describeObjectStore` of
 * `@thorax/platform/testing`.
 *
 * Keys are `/`-separated segments of `[a-z0-9][a-z0-9._-]*`, at most 512 characters, and never carry
 * patient data. The caller owns the bytes it passes; a store neither keeps nor changes them.
 */
export interface ObjectStore {
  /**
   * Stores `bytes` under `key`, atomically: a reader sees the whole object or none. Putting an
   * existing key again replaces it; content-addressed callers lose nothing by that.
   */
  put(key: string, bytes: Uint8Array): Promise<void>;

  /** The object's bytes. @throws ObjectNotFoundError */
  get(key: string): Promise<Uint8Array>;

  /**
   * Stores what `chunks` yields under `key`, as {@link put} does, holding a few chunks in memory at a time.
   * When `chunks` throws, nothing is stored and the error is passed on.
   *
   * @returns the number of bytes stored
   */
  putStream(key: string, chunks: AsyncIterable<Uint8Array>): Promise<number>;

  /**
   * The object's bytes as they are read; the caller reads to the end or destroys the stream. It keeps showing
   * the object it was opened on, whatever is put or deleted under `key` meanwhile.
   *
   * @throws ObjectNotFoundError before the first byte
   */
  getStream(key: string): Promise<Readable>;

  exists(key: string): Promise<boolean>;

  /** Removes the object; removing what is not there succeeds. */
  delete(key: string): Promise<void>;

  /** Keys beginning with `prefix` in no particular order, with their times of writing. */
  list(prefix: string): AsyncIterable<ObjectSummary>;

  /** Resolves if the store can be written to; rejects with the reason otherwise. */
  check(): Promise<void>;
}

export interface ObjectSummary {
  readonly key: string;
  readonly sizeBytes: number;
  readonly modifiedAt: Date;
}

/** Injection token of the application's {@link ObjectStore}. */
export const OBJECT_STORE = Symbol('ObjectStore');

export class ObjectNotFoundError extends ApplicationError {
  readonly code = 'OBJECT_NOT_FOUND';
  readonly kind = 'not-found';

  constructor(readonly key: string) {
    super(`No object is stored under ${key}.`, 'Check the key; the object may have passed its retention.');
  }
}

export class InvalidObjectKeyError extends ApplicationError {
  readonly code = 'INVALID_OBJECT_KEY';
  readonly kind = 'invalid';

  constructor() {
    super(
      'An object key must be "/"-separated segments of lower-case letters, digits, ".", "_" and "-", each beginning with a letter or digit, 512 characters at most.',
      'Build keys from digests and fixed words, never from names that users or devices chose.',
    );
  }
}

const segments = /^(?:[a-z0-9][a-z0-9._-]*\/)*[a-z0-9][a-z0-9._-]*$/;

/** @throws InvalidObjectKeyError unless `key` has the form {@link ObjectStore} promises. */
export function assertObjectKey(key: string): void {
  if (key.length > 512 || !segments.test(key)) throw new InvalidObjectKeyError();
}
