import { parentPort, workerData } from 'node:worker_threads';
import { dismantle } from './error-transfer';
import { JobHandler, Posting } from './job.handler';
import { NativeSection } from './native-section';
import { JobReply, WorkerCommand } from './protocol';
import { WorkerThreadData } from './worker-thread';

/**
 * Entry of a worker thread (`@thorax/inference/worker`): loads the model, reports, then answers jobs until it is
 * told to stop. Jobs of one message share runs of the model; those of different ones overlap while they decode.
 */
const port = parentPort!;
const { init, nativeSection } = workerData as WorkerThreadData;
const handler = new JobHandler(init, new NativeSection(nativeSection));

async function serve(): Promise<void> {
  port.postMessage(await handler.start());
  port.on('message', (command: WorkerCommand) => void obey(command));
}

async function obey(command: WorkerCommand): Promise<void> {
  if (command.kind === 'stop') {
    await handler.stop();
    port.close();
    return;
  }
  for (const answer of handler.handleAll(command.jobs)) void post(answer);
}

async function post(answer: Promise<Posting<JobReply>>): Promise<void> {
  const { message, transfer } = await answer;
  try {
    port.postMessage(message, transfer);
  } catch (error) {
    // An answer that cannot travel must not take the other jobs of this thread down.
    port.postMessage({
      kind: 'reply',
      id: message.id,
      ok: false,
      error: dismantle(error),
    } satisfies JobReply);
  }
}

void serve();
