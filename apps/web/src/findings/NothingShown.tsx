import { confidenceText, type Finding } from './finding';

interface NothingShownProps {
  all: readonly Finding[];
  minimum: number;
  onShowAll(): void;
}

/** Said with care: the absence of a box is not the absence of disease. */
export function NothingShown({ all, minimum, onShowAll }: NothingShownProps) {
  const reported = all.length > 0;
  return (
    <div className="nothing">
      <p className="nothing-title">
        {reported ? `No finding at or above ${confidenceText(minimum)}` : 'The model reported no finding'}
      </p>
      <p>
        This does not mean the radiograph is normal. The model looks for a fixed list of findings on frontal
        views, and it misses some of them.
      </p>
      {reported && (
        <button type="button" className="quiet" onClick={onShowAll}>
          Show {all.length === 1 ? 'the one' : `all ${all.length}`} below the minimum
        </button>
      )}
    </div>
  );
}
