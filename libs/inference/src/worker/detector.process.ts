import { JobHandler } from './job.handler';
import { WorkerInit } from './protocol';
import { serve } from './serve';
import { yieldToEventLoop } from './yield-to-event-loop';

/**
 * Entry of a worker process (`@thorax/inference/worker-process`). Its first message is what to load; it ends
 * with its parent, however that ends, since the channel between them closes then.
 */
process.once('message', (init: WorkerInit) => {
  yieldToEventLoop();
  void serve(
    {
      post: (report) => void process.send!(report),
      onCommand: (listener) => void process.on('message', listener),
      close: () => process.disconnect(),
    },
    new JobHandler(init),
  );
});
process.once('disconnect', () => process.exit(0));
// The terminal's Ctrl-C reaches the whole group; the pool decides when its workers go.
process.on('SIGINT', () => undefined);
