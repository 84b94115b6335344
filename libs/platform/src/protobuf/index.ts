export * from './protobuf.message';
export * from './unreadable-message.error';
