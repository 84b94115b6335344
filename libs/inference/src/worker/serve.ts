import { dismantle } from './error-transfer';
import { JobHandler, Posting } from './job.handler';
import { JobReply, WorkerCommand, WorkerReport } from './protocol';

/** A worker's end of the line to its pool, over a thread's port or a process's channel. */
export interface WorkerPort {
  /** Buffers in `transfer` may change hands; throws when the message cannot travel. */
  post(report: WorkerReport, transfer: ArrayBuffer[]): void;
  onCommand(listener: (command: WorkerCommand) => void): void;
  /** After it nothing keeps the worker alive. */
  close(): void;
}

/**
 * Loads the model, reports, then answers jobs until it is told to stop. Jobs of one message share runs of
 * the model; those of different ones overlap while they decode.
 */
export async function serve(port: WorkerPort, handler: JobHandler): Promise<void> {
  port.post(await handler.start(), []);
  port.onCommand((command) => void obey(command, port, handler));
}

async function obey(command: WorkerCommand, port: WorkerPort, handler: JobHandler): Promise<void> {
  if (command.kind === 'stop') {
    await handler.stop();
    port.close();
    return;
  }
  for (const answer of handler.handleAll(command.jobs)) void post(answer, port);
}

async function post(answer: Promise<Posting<JobReply>>, port: WorkerPort): Promise<void> {
  const { message, transfer } = await answer;
  try {
    port.post(message, transfer);
  } catch (error) {
    // An answer that cannot travel must not take the other jobs of this worker down.
    port.post({ kind: 'reply', id: message.id, ok: false, error: dismantle(error) }, []);
  }
}
