import { parentPort } from 'node:worker_threads';
import { CodecOrder, replyTo } from './codec.protocol';

/** Entry of the thread of {@link CodecThread} (`@thorax/inference/codec-worker`). */
const port = parentPort!;

port.on('message', (order: CodecOrder) => {
  const { reply, transfer } = replyTo(order);
  port.postMessage(reply, transfer);
});
