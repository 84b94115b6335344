import { useState } from 'react';
import { putReviewFlag } from '../api/client';
import type { Prediction } from '../api/prediction';
import { problemOf, type Problem } from '../api/problem';

export interface ReviewFlagControl {
  flagged: boolean;
  saving: boolean;
  problem: Problem | null;
  set(flagged: boolean, comment?: string): Promise<boolean>;
}

/** The reader's flag on this reading; it is shown as set once the server has stored it. */
export function useReviewFlag(
  prediction: Prediction,
  onChanged: (prediction: Prediction) => void,
): ReviewFlagControl {
  const [saving, setSaving] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  return {
    flagged: prediction.review_flag.flagged,
    saving,
    problem,
    async set(flagged, comment) {
      if (saving) return false;
      setSaving(true);
      setProblem(null);
      try {
        onChanged(await putReviewFlag(prediction.id, flagged, comment));
        return true;
      } catch (cause) {
        setProblem(problemOf(cause));
        return false;
      } finally {
        setSaving(false);
      }
    },
  };
}
