import { Worker } from 'node:worker_threads';
import { EvidenceMismatchError, GateBusyError, GateJudgementFailedError } from '../gate.errors';
import { GateReport } from '../gate.report';
import { JudgeAnswer, JudgeTask } from './judge.protocol';

/** Judges somewhere. @throws EvidenceMismatchError, GateBusyError, GateJudgementFailedError */
export type Judge = (task: JudgeTask) => Promise<GateReport>;

export interface JudgeThreadLimits {
  /** Judgements that run or wait, together; they run one after another. */
  readonly maxHeld: number;
  readonly timeoutMs: number;
  readonly maxHeapMiB: number;
}

const defaults: JudgeThreadLimits = { maxHeld: 4, timeoutMs: 120_000, maxHeapMiB: 1024 };

/** Seconds of arithmetic, in a thread of their own: requests and predictions go on meanwhile. */
export function judgeInThread(limits: JudgeThreadLimits = defaults): Judge {
  let held = 0;
  let last: Promise<unknown> = Promise.resolve();
  return async (task) => {
    if (held >= limits.maxHeld) throw new GateBusyError(limits.maxHeld);
    held++;
    const turn = last.then(() => judgeOnce(task, limits));
    last = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      held--;
    }
  };
}

function judgeOnce(task: JudgeTask, { timeoutMs, maxHeapMiB }: JudgeThreadLimits): Promise<GateReport> {
  const worker = new Worker(require.resolve('@thorax/registry/gate-worker'), {
    workerData: task,
    name: 'thorax-gate',
    resourceLimits: { maxOldGenerationSizeMb: maxHeapMiB },
  });
  return new Promise<GateReport>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new GateJudgementFailedError(`it took longer than ${timeoutMs} ms`));
      void worker.terminate();
    }, timeoutMs);
    worker.on('message', (answer: JudgeAnswer) => {
      if ('report' in answer) resolve(answer.report);
      else reject(new EvidenceMismatchError(answer.mismatch));
    });
    worker.on('error', ({ message }) => reject(new GateJudgementFailedError(message)));
    worker.on('exit', (code) => {
      clearTimeout(timer);
      // Without effect where it has answered.
      reject(new GateJudgementFailedError(`its thread ended with code ${code}`));
    });
  });
}
