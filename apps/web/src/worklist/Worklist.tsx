import { Icon } from '../app/Icon';
import { sizeText, studyStateText, type Study } from './worklist';

interface WorklistProps {
  studies: readonly Study[];
  isOpen(study: Study): boolean;
  onFocus(key: number): void;
  onOpen(predictionId: string): void;
  onDismiss(key: number): void;
}

/** The files of this session and where each of them is. */
export function Worklist({ studies, isOpen, onFocus, onOpen, onDismiss }: WorklistProps) {
  if (studies.length === 0) return null;
  return (
    <section className="list" aria-labelledby="worklist-title">
      <h2 id="worklist-title" className="list-title">
        Worklist
      </h2>
      <ol className="rows">
        {studies.map((study) => (
          <WorklistRow
            key={study.key}
            study={study}
            open={isOpen(study)}
            onOpen={() => (study.state.is === 'read' ? onOpen(study.state.predictionId) : onFocus(study.key))}
            onDismiss={() => onDismiss(study.key)}
          />
        ))}
      </ol>
    </section>
  );
}

interface WorklistRowProps {
  study: Study;
  open: boolean;
  onOpen(): void;
  onDismiss(): void;
}

function WorklistRow({ study, open, onOpen, onDismiss }: WorklistRowProps) {
  const { state, fileName, bytes } = study;
  const canGo = state.is === 'read' || state.is === 'refused' || state.is === 'queued';
  return (
    <li className="row" data-state={state.is}>
      <button type="button" className="row-open" aria-current={open ? 'true' : undefined} onClick={onOpen}>
        <span className="row-name" title={fileName}>
          {fileName}
        </span>
        <span className="row-note">
          {studyStateText(state)}
          {state.is === 'queued' && ` · ${sizeText(bytes)}`}
        </span>
        {state.is === 'uploading' && (
          <progress className="meter" max={1} value={state.fraction} aria-label="Upload" />
        )}
        {state.is === 'reading' && <progress className="meter" aria-label="Reading" />}
      </button>
      {canGo && (
        <button
          type="button"
          className="bare"
          aria-label={`Remove ${fileName} from the worklist`}
          onClick={onDismiss}
        >
          <Icon name="close" />
        </button>
      )}
    </li>
  );
}
