import { useEffect, useState } from 'react';
import { applicationBase } from './client';

export type Readiness = 'asking' | 'ready' | 'not ready' | 'unreachable';

const ASK_EVERY_MS = 30_000;

/** Whether the application can read radiographs now, asked every half minute. */
export function useReadiness(): Readiness {
  const [readiness, setReadiness] = useState<Readiness>('asking');
  useEffect(() => {
    const gone = new AbortController();
    const ask = () => {
      fetch(`${applicationBase}/health/ready`, { signal: gone.signal }).then(
        (answer) => setReadiness(answer.ok ? 'ready' : 'not ready'),
        () => !gone.signal.aborted && setReadiness('unreachable'),
      );
    };
    ask();
    const timer = setInterval(ask, ASK_EVERY_MS);
    return () => {
      gone.abort();
      clearInterval(timer);
    };
  }, []);
  return readiness;
}
