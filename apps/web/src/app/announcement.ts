import type { Prediction } from '../api/prediction';
import type { Study } from '../worklist/worklist';
import { isUnderWay, studyStateText } from '../worklist/worklist';

/** The sentence a screen reader hears about what is going on; stable while nothing of interest changes. */
export function announcementFor(studies: readonly Study[], prediction: Prediction | null): string {
  const active = studies.find(isUnderWay);
  if (active) return `${active.state.is === 'uploading' ? 'Uploading' : 'Reading'} ${active.fileName}`;
  if (prediction) {
    const count = prediction.predictions.length;
    const found = studyStateText({ is: 'read', predictionId: prediction.id, findingCount: count });
    return `Reading open: ${found}${prediction.review_flag.flagged ? ', flagged for review' : ''}`;
  }
  return '';
}
