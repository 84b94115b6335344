import { useCallback, useEffect, useRef, useState } from 'react';
import { fetchPrediction } from '../api/client';
import type { Prediction } from '../api/prediction';
import { problemOf, type Problem } from '../api/problem';

export interface Reading {
  prediction: Prediction | null;
  problem: Problem | null;
  /** Keeps what the server answered, so that opening it needs no second question. */
  remember(prediction: Prediction): void;
  askAgain(): void;
}

interface Answer {
  id: string;
  problem: Problem;
}

/** The reading with this id: from this session's memory, or asked from the server. */
export function useReading(id: string | null): Reading {
  const [known, setKnown] = useState<ReadonlyMap<string, Prediction>>(new Map());
  const [failure, setFailure] = useState<Answer | null>(null);
  const [attempt, setAttempt] = useState(0);
  const remembered = useRef(known);
  const remember = useCallback((prediction: Prediction) => {
    remembered.current = new Map(remembered.current).set(prediction.id, prediction);
    setKnown(remembered.current);
  }, []);
  useEffect(() => {
    if (id === null || remembered.current.has(id)) return;
    const gone = new AbortController();
    fetchPrediction(id, gone.signal).then(
      (prediction) => !gone.signal.aborted && remember(prediction),
      (cause) => !gone.signal.aborted && setFailure({ id, problem: problemOf(cause) }),
    );
    return () => gone.abort();
  }, [id, attempt, remember]);
  return {
    prediction: (id !== null && known.get(id)) || null,
    problem: failure !== null && failure.id === id ? failure.problem : null,
    remember,
    askAgain() {
      setFailure(null);
      setAttempt((count) => count + 1);
    },
  };
}
