import { Worker } from 'node:worker_threads';
import { NativeSection } from './native-section';
import { WorkerCommand, WorkerInit, WorkerReport } from './protocol';

/** What the pool is told about a worker. */
export interface WorkerListener {
  onReport(report: WorkerReport): void;
  /** Once, whenever the worker is gone, asked for or not. Nothing follows. */
  onExit(reason: string): void;
}

/** A running worker, as the pool sees it. */
export interface WorkerThread {
  /** The buffers in `transfer` become the worker's. */
  send(command: WorkerCommand, transfer: ArrayBuffer[]): void;
  /**
   * Ends the worker: at once where that is safe, otherwise as soon as its native call returns (see
   * {@link NativeSection}); one that never returns lingers, heard no more. `onExit` tells when it is gone.
   */
  terminate(): Promise<void>;
}

/** What a thread finds in its `workerData`. */
export interface WorkerThreadData {
  readonly init: WorkerInit;
  readonly nativeSection: SharedArrayBuffer;
}

/** Starts a worker. Failures to start are told to the listener, never thrown. */
export type SpawnWorker = (init: WorkerInit, listener: WorkerListener) => WorkerThread;

/** A real thread running `@thorax/inference/worker`. */
export const spawnWorkerThread = (
  init: WorkerInit,
  listener: WorkerListener,
): WorkerThread & { readonly isInsideNativeCode: boolean } => {
  const section = new NativeSection();
  const worker = new Worker(require.resolve('@thorax/inference/worker'), {
    workerData: { init, nativeSection: section.memory } satisfies WorkerThreadData,
    name: 'thorax-detector',
  });
  let reason: string | undefined;
  worker.on('message', (report: WorkerReport) => listener.onReport(report));
  worker.on('messageerror', () => (reason = 'its message was unreadable'));
  // The text of a stray error may quote the image's header, so only its class is passed on.
  worker.on('error', (error: Error) => (reason = `it threw ${error?.name ?? 'something'}`));
  worker.on('exit', (code) => listener.onExit(reason ?? `it ended with code ${code}`));
  return {
    get isInsideNativeCode() {
      return section.occupied;
    },
    send: (command, transfer) => worker.postMessage(command, transfer),
    terminate: async () => {
      if (section.occupied) worker.postMessage({ kind: 'stop' } satisfies WorkerCommand);
      else await worker.terminate();
    },
  };
};
