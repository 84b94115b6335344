import { parentPort, workerData } from 'node:worker_threads';
import { EvidenceMismatchError } from '../gate.errors';
import { judge } from '../gate.judge';
import { seededRandom } from '../statistics/random';
import { JudgeAnswer, JudgeTask } from './judge.protocol';

const { policy, candidate, incumbent, seedHex, host } = workerData as JudgeTask;

function answer(): JudgeAnswer {
  try {
    return { report: judge(policy, candidate, incumbent, { random: seededRandom(seedHex), host }) };
  } catch (error) {
    if (error instanceof EvidenceMismatchError) return { mismatch: error.message };
    throw error;
  }
}

parentPort!.postMessage(answer());
