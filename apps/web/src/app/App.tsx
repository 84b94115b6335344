import { useState } from 'react';
import { DEFAULT_MINIMUM_CONFIDENCE } from '../findings/finding-filter';
import { RecentReadings } from '../readings/RecentReadings';
import { ReadingView } from '../viewer/ReadingView';
import { FileChooser } from '../worklist/FileChooser';
import { useFileDrop } from '../worklist/use-file-drop';
import { Worklist } from '../worklist/Worklist';
import { announcementFor } from './announcement';
import { Footer } from './Footer';
import { Header } from './Header';
import { Stage } from './Stage';
import { useReadingRoom } from './use-reading-room';

/** The reading room: files at the left, the radiograph in the middle, findings at the right. */
export function App() {
  const room = useReadingRoom();
  const [minimum, setMinimum] = useState(DEFAULT_MINIMUM_CONFIDENCE);
  const hovering = useFileDrop(room.take);
  const { worklist, prediction, focused, routedId } = room;
  return (
    <FileChooser onFiles={room.take}>
      {(choose) => (
        <div className="room">
          <Header onChoose={choose} />
          <nav className="panel studies" aria-label="Studies">
            <Worklist
              studies={worklist.studies}
              isOpen={room.isOpen}
              onFocus={room.focus}
              onOpen={room.open}
              onDismiss={worklist.dismiss}
            />
            <RecentReadings openId={focused ? null : routedId} version={room.version} onOpen={room.open} />
          </nav>
          {prediction ? (
            <ReadingView
              key={prediction.id}
              prediction={prediction}
              minimum={minimum}
              onMinimum={setMinimum}
              onChanged={room.keep}
            />
          ) : (
            <Stage room={room} onChoose={choose} />
          )}
          <Footer prediction={prediction} />
          <p className="visually-hidden" role="status" aria-live="polite">
            {announcementFor(worklist.studies, prediction)}
          </p>
          {hovering && <p className="drop-here">Drop to read</p>}
        </div>
      )}
    </FileChooser>
  );
}
