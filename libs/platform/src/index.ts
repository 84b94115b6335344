export { ApplicationError, type ErrorKind } from './error/application-error';
export { EmbeddedPostgres } from './database/embedded-postgres';
export { FolderObjectStore } from './object-store/folder.object-store';
export {
  assertObjectKey,
  InvalidObjectKeyError,
  OBJECT_STORE,
  ObjectNotFoundError,
  type ObjectStore,
  type ObjectSummary,
} from './object-store/object-store';
export { chooseQueueBackend, type QueueBackendOptions } from './queue/queue-backend';
