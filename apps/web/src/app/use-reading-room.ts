import { useEffect, useState } from 'react';
import type { Prediction } from '../api/prediction';
import { useReading, type Reading } from '../readings/use-reading';
import { useWorklist, type WorklistControl } from '../worklist/use-worklist';
import { isUnderWay, type Study } from '../worklist/worklist';
import { openReading, useRoutedPredictionId } from './use-route';

export interface ReadingRoom {
  routedId: string | null;
  reading: Reading;
  worklist: WorklistControl;
  /** The file that is on the stage while it is not yet, or will never be, a reading. */
  focused: Study | null;
  /** The reading on the stage. */
  prediction: Prediction | null;
  /** Counts what changed on the server, so that lists ask again. */
  version: number;
  take(files: File[]): void;
  focus(key: number): void;
  open(id: string): void;
  keep(prediction: Prediction): void;
  isOpen(study: Study): boolean;
}

/** What is on the stage: the file that is being read comes before the reading in the address bar. */
export function useReadingRoom(): ReadingRoom {
  const routedId = useRoutedPredictionId();
  const reading = useReading(routedId);
  const [focusedKey, focus] = useState<number | null>(null);
  const [version, setVersion] = useState(0);
  const keep = (prediction: Prediction) => {
    reading.remember(prediction);
    setVersion((count) => count + 1);
  };
  const open = (id: string) => {
    focus(null);
    openReading(id);
  };
  const worklist = useWorklist((study, prediction) => {
    keep(prediction);
    if (study.key === focusedKey) open(prediction.id);
  });
  useEffect(() => {
    focus(null);
    window.scrollTo({ top: 0 });
  }, [routedId]);
  const focused = worklist.studies.find(({ key }) => key === focusedKey) ?? null;
  return {
    routedId,
    reading,
    worklist,
    focused,
    prediction: focused ? null : reading.prediction,
    version,
    take(files) {
      const [first] = worklist.add(files);
      if (first !== undefined && !worklist.studies.some(isUnderWay)) focus(first);
    },
    focus,
    open,
    keep,
    isOpen: (study) =>
      focused ? study === focused : study.state.is === 'read' && study.state.predictionId === routedId,
  };
}
