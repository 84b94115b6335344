import { useEffect, useEffectEvent, useReducer, useRef } from 'react';
import type { Prediction } from '../api/prediction';
import { problemOf } from '../api/problem';
import { uploadStudy } from '../api/upload-study';
import { nextToSend, worklistAfter, type Study } from './worklist';

export interface WorklistControl {
  studies: readonly Study[];
  /** Queues files and returns the keys of their studies, in order. */
  add(files: readonly File[]): number[];
  retry(key: number): void;
  dismiss(key: number): void;
  fileOf(key: number): File | undefined;
}

/** The files of this session, sent one after the other. Files stay in memory until they are read. */
export function useWorklist(onRead: (study: Study, prediction: Prediction) => void): WorklistControl {
  const [studies, tell] = useReducer(worklistAfter, []);
  const files = useRef(new Map<number, File>());
  const lastKey = useRef(0);
  const sending = useRef<number | null>(null);

  const send = useEffectEvent(async (study: Study) => {
    const { key } = study;
    const file = files.current.get(key);
    if (!file || sending.current !== null) return;
    sending.current = key;
    tell({ type: 'progressed', key, fraction: 0 });
    try {
      const prediction = await uploadStudy(file, {
        onProgress: (fraction) => tell({ type: 'progressed', key, fraction }),
        onSent: () => tell({ type: 'sent', key }),
      });
      files.current.delete(key);
      tell({ type: 'read', key, predictionId: prediction.id, findingCount: prediction.predictions.length });
      onRead(study, prediction);
    } catch (cause) {
      tell({ type: 'refused', key, problem: problemOf(cause) });
    } finally {
      sending.current = null;
    }
  });
  useEffect(() => {
    const next = nextToSend(studies);
    if (next) void send(next);
  }, [studies]);

  return {
    studies,
    add(added) {
      const described = added.map((file) => {
        const key = ++lastKey.current;
        files.current.set(key, file);
        return { key, fileName: file.name, bytes: file.size };
      });
      tell({ type: 'added', studies: described });
      return described.map(({ key }) => key);
    },
    retry: (key) => tell({ type: 'retried', key }),
    dismiss(key) {
      files.current.delete(key);
      tell({ type: 'dismissed', key });
    },
    fileOf: (key) => files.current.get(key),
  };
}
