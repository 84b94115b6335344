import { parentPort, workerData } from 'node:worker_threads';
import { JobHandler } from './job.handler';
import { NativeSection } from './native-section';
import { serve } from './serve';
import { WorkerThreadData } from './worker-thread';
import { yieldToEventLoop } from './yield-to-event-loop';

/** Entry of a worker thread (`@thorax/inference/worker`). */
const port = parentPort!;
const { init, nativeSection } = workerData as WorkerThreadData;

yieldToEventLoop();

void serve(
  {
    post: (report, transfer) => port.postMessage(report, transfer),
    onCommand: (listener) => void port.on('message', listener),
    close: () => port.close(),
  },
  new JobHandler(init, new NativeSection(nativeSection)),
);
