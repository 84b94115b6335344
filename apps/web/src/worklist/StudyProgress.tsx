import { StudyPreview } from './StudyPreview';
import { sizeText, studyStateText, type Study } from './worklist';

/** The stage while a file is on its way to being a reading. */
export function StudyProgress({ study, file }: { study: Study; file: File | undefined }) {
  const { state } = study;
  return (
    <div className="stage-message">
      <StudyPreview file={file} />
      <div className="plate">
        <p className="plate-name">{study.fileName}</p>
        <p className="plate-state">{studyStateText(state)}</p>
        {state.is === 'uploading' ? (
          <progress className="meter" max={1} value={state.fraction} aria-label="Upload" />
        ) : (
          <progress className="meter" aria-label={studyStateText(state)} />
        )}
        <p className="plate-note">{sizeText(study.bytes)}</p>
      </div>
    </div>
  );
}
