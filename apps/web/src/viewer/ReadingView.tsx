import { useRef } from 'react';
import type { Prediction } from '../api/prediction';
import { useCommands } from '../app/use-command';
import { stepMinimum } from '../findings/finding-filter';
import { FindingsPanel } from '../findings/FindingsPanel';
import { useFindings } from '../findings/use-findings';
import { useReviewFlag } from '../findings/use-review-flag';
import { Radiograph } from './Radiograph';
import { useDisplay } from './use-display';
import { useViewport } from './use-viewport';
import { ViewerToolbar } from './ViewerToolbar';

interface ReadingViewProps {
  prediction: Prediction;
  minimum: number;
  onMinimum(minimum: number): void;
  onChanged(prediction: Prediction): void;
}

/** One reading: the picture, its tools and its findings. Mount it anew for another reading. */
export function ReadingView({ prediction, minimum, onMinimum, onChanged }: ReadingViewProps) {
  const stageElement = useRef<HTMLDivElement>(null);
  const view = useViewport(stageElement, prediction.image);
  const display = useDisplay();
  const findings = useFindings(prediction, minimum);
  const flag = useReviewFlag(prediction, onChanged);
  useCommands({
    fit: view.fit,
    'zoom-in': () => view.zoom(1.25),
    'zoom-out': () => view.zoom(1 / 1.25),
    invert: display.invert,
    'reset-window': display.reset,
    'toggle-boxes': display.toggleBoxes,
    'toggle-flag': () => void flag.set(!flag.flagged),
    'next-finding': () => findings.step(1),
    'previous-finding': () => findings.step(-1),
    'hide-finding': () => findings.selected !== null && findings.toggleFinding(findings.selected),
    'raise-minimum': () => onMinimum(stepMinimum(minimum, 1)),
    'lower-minimum': () => onMinimum(stepMinimum(minimum, -1)),
    'clear-selection': () => findings.select(null),
  });
  return (
    <>
      <main className="viewer" aria-label="Radiograph">
        <Radiograph
          prediction={prediction}
          findings={findings}
          display={display}
          view={view}
          stageElement={stageElement}
        />
        <ViewerToolbar display={display} view={view} />
      </main>
      <FindingsPanel prediction={prediction} control={findings} flag={flag} onMinimum={onMinimum} />
    </>
  );
}
