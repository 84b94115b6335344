import type { Prediction } from '../api/prediction';
import { ClassToggles } from './ClassToggles';
import { confidenceText } from './finding';
import { FindingRow } from './FindingRow';
import { countText } from './finding-filter';
import { MinimumConfidence } from './MinimumConfidence';
import { NothingShown } from './NothingShown';
import { ReviewFlag } from './ReviewFlag';
import type { FindingsControl } from './use-findings';
import type { ReviewFlagControl } from './use-review-flag';

interface FindingsPanelProps {
  prediction: Prediction;
  control: FindingsControl;
  flag: ReviewFlagControl;
  onMinimum(minimum: number): void;
}

/** What the model points at, and what the reader wants to see of it. */
export function FindingsPanel({ prediction, control, flag, onMinimum }: FindingsPanelProps) {
  const { all, listed, shown, filter } = control;
  const chosen = listed.find(({ id }) => id === control.selected);
  return (
    <aside className="panel findings" aria-labelledby="findings-title">
      <div className="findings-head">
        <h2 id="findings-title" className="panel-title">
          Findings
        </h2>
        <p className="findings-count" aria-live="polite" data-testid="finding-count">
          {countText(shown.length, all.length)}
        </p>
      </div>
      <MinimumConfidence minimum={filter.minimumConfidence} onChange={onMinimum} />
      <ClassToggles control={control} />
      {listed.length === 0 ? (
        <NothingShown
          all={all}
          minimum={filter.minimumConfidence}
          onShowAll={() => onMinimum(Math.floor((all.at(-1)?.confidence ?? 0) * 100) / 100)}
        />
      ) : (
        <ol className="finding-list">
          {listed.map((finding) => (
            <FindingRow key={finding.id} finding={finding} control={control} />
          ))}
        </ol>
      )}
      <p className="visually-hidden" role="status">
        {chosen && `Selected: ${chosen.className}, confidence ${confidenceText(chosen.confidence)}`}
      </p>
      <ReviewFlag prediction={prediction} control={flag} />
    </aside>
  );
}
