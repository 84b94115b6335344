import { useEffect, useState } from 'react';
import { fetchReadings } from '../api/client';
import type { PredictionPage } from '../api/prediction';
import { problemOf, type Problem } from '../api/problem';

export const PAGE_SIZE = 20;

export interface Readings {
  page: number;
  flaggedOnly: boolean;
  list: PredictionPage | null;
  problem: Problem | null;
  turnTo(page: number): void;
  showFlaggedOnly(flaggedOnly: boolean): void;
}

/** One page of the stored readings, newest first; asked again whenever `version` changes. */
export function useReadings(version: number): Readings {
  const [page, setPage] = useState(1);
  const [flaggedOnly, setFlaggedOnly] = useState(false);
  const [list, setList] = useState<PredictionPage | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    const gone = new AbortController();
    fetchReadings({ page, pageSize: PAGE_SIZE, flaggedOnly }, gone.signal).then(
      (answer) => {
        if (gone.signal.aborted) return;
        setList(answer);
        setProblem(null);
      },
      (cause) => !gone.signal.aborted && setProblem(problemOf(cause)),
    );
    return () => gone.abort();
  }, [page, flaggedOnly, version]);
  return {
    page,
    flaggedOnly,
    list,
    problem,
    turnTo: setPage,
    showFlaggedOnly(only) {
      setPage(1);
      setFlaggedOnly(only);
    },
  };
}
