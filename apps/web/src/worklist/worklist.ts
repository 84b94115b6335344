import type { Problem } from '../api/problem';

/** A file that the reader handed over in this session. */
export interface Study {
  key: number;
  fileName: string;
  bytes: number;
  state: StudyState;
}

export type StudyState =
  | { is: 'queued' }
  | { is: 'uploading'; fraction: number }
  | { is: 'reading' }
  | { is: 'read'; predictionId: string; findingCount: number }
  | { is: 'refused'; problem: Problem };

export type WorklistEvent =
  | { type: 'added'; studies: readonly Omit<Study, 'state'>[] }
  | { type: 'progressed'; key: number; fraction: number }
  | { type: 'sent'; key: number }
  | { type: 'read'; key: number; predictionId: string; findingCount: number }
  | { type: 'refused'; key: number; problem: Problem }
  | { type: 'retried'; key: number }
  | { type: 'dismissed'; key: number };

/** The worklist after an event: the newest drop at the end, read in that order. */
export function worklistAfter(worklist: readonly Study[], event: WorklistEvent): readonly Study[] {
  switch (event.type) {
    case 'added':
      return [...worklist, ...event.studies.map((study): Study => ({ ...study, state: { is: 'queued' } }))];
    case 'dismissed':
      return worklist.filter(({ key }) => key !== event.key);
    default:
      return worklist.map((study) =>
        study.key === event.key ? { ...study, state: stateAfter(event) } : study,
      );
  }
}

function stateAfter(event: Exclude<WorklistEvent, { type: 'added' | 'dismissed' }>): StudyState {
  switch (event.type) {
    case 'progressed':
      return { is: 'uploading', fraction: event.fraction };
    case 'sent':
      return { is: 'reading' };
    case 'read':
      return { is: 'read', predictionId: event.predictionId, findingCount: event.findingCount };
    case 'refused':
      return { is: 'refused', problem: event.problem };
    case 'retried':
      return { is: 'queued' };
  }
}

/** Files go one after the other: the next to send, or undefined while one is on its way. */
export function nextToSend(worklist: readonly Study[]): Study | undefined {
  return worklist.some(isUnderWay) ? undefined : worklist.find(({ state }) => state.is === 'queued');
}

export function isUnderWay({ state }: Study): boolean {
  return state.is === 'uploading' || state.is === 'reading';
}

/** One line about where a study is. */
export function studyStateText(state: StudyState): string {
  switch (state.is) {
    case 'queued':
      return 'Waiting';
    case 'uploading':
      return `Uploading ${Math.round(state.fraction * 100)} %`;
    case 'reading':
      return 'Reading…';
    case 'read':
      return state.findingCount === 1
        ? '1 finding reported'
        : `${state.findingCount || 'No'} findings reported`;
    case 'refused':
      return state.problem.title;
  }
}

export function sizeText(bytes: number): string {
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
