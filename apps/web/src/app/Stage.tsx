import { StudyProgress } from '../worklist/StudyProgress';
import { EmptyRoom } from './EmptyRoom';
import { ProblemNotice } from './ProblemNotice';
import type { ReadingRoom } from './use-reading-room';
import { closeReading } from './use-route';

interface StageProps {
  room: ReadingRoom;
  onChoose(): void;
}

/** The middle of the room while no reading is on it. */
export function Stage(props: StageProps) {
  const { focused } = props.room;
  return (
    <>
      <main className="viewer" aria-label="Radiograph">
        <div className="stage">{stageContent(props)}</div>
        {focused && focused.state.is !== 'refused' && <div className="toolbar" aria-hidden="true" />}
      </main>
      <aside className="panel findings" aria-labelledby="findings-title">
        <h2 id="findings-title" className="panel-title">
          Findings
        </h2>
        <p className="findings-idle">Findings appear here when a radiograph has been read.</p>
      </aside>
    </>
  );
}

function stageContent({ room, onChoose }: StageProps) {
  const { routedId, reading, focused, worklist } = room;
  if (focused?.state.is === 'refused') {
    return (
      <ProblemNotice
        subject={focused.fileName}
        problem={focused.state.problem}
        onRetry={() => worklist.retry(focused.key)}
        onDismiss={() => worklist.dismiss(focused.key)}
      />
    );
  }
  if (focused) return <StudyProgress study={focused} file={worklist.fileOf(focused.key)} />;
  if (reading.problem)
    return <ProblemNotice problem={reading.problem} onRetry={reading.askAgain} onDismiss={closeReading} />;
  if (routedId !== null) return <p className="stage-note">Opening the reading…</p>;
  return <EmptyRoom onChoose={onChoose} />;
}
