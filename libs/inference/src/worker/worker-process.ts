import { fork } from 'node:child_process';
import { WorkerCommand, WorkerReport } from './protocol';
import { SpawnWorker } from './worker-thread';

/**
 * A worker in a process of its own (`@thorax/inference/worker-process`). What takes a process down — a fault
 * in native code, the system's out-of-memory killer — takes this worker down and nothing else, and it can be
 * ended anywhere. The price is one copy of every image on its way.
 */
export const spawnWorkerProcess: SpawnWorker = (init, listener) => {
  const child = fork(require.resolve('@thorax/inference/worker-process'), {
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    // Flags of this process, a debugger's port among them, are none of its business.
    execArgv: [],
  });
  let reason: string | undefined;
  let gone = false;
  const leave = (text: string): void => {
    if (gone) return;
    gone = true;
    listener.onExit(reason ?? text);
  };
  child.on('message', (report) => listener.onReport(report as WorkerReport));
  child.on('error', () => (reason ??= 'it could not be reached'));
  child.on('exit', (code, signal) => leave(signal ? `it got ${signal}` : `it ended with code ${code}`));
  // A message that cannot be delivered is answered by the exit that follows.
  const send = (message: object): void => void child.send(message, () => undefined);
  send(init);
  return {
    send: (command: WorkerCommand) => send(command),
    terminate: async () => void child.kill('SIGKILL'),
  };
};
