import { useState } from 'react';
import type { Prediction } from '../api/prediction';
import { Icon } from '../app/Icon';
import { momentText } from '../readings/reading-summary';
import type { ReviewFlagControl } from './use-review-flag';

const LONGEST_COMMENT = 2000;

interface ReviewFlagProps {
  prediction: Prediction;
  control: ReviewFlagControl;
}

/** Asks a colleague to look again. */
export function ReviewFlag({ prediction, control }: ReviewFlagProps) {
  const { flagged, flagged_at: flaggedAt } = prediction.review_flag;
  return (
    <section className="review" data-flagged={flagged} aria-label="Review">
      {flagged ? (
        <>
          <p className="review-state">
            <Icon name="flag" /> Flagged for review
            {flaggedAt && <time dateTime={flaggedAt}>{momentText(flaggedAt, new Date())}</time>}
          </p>
          <ReviewComment prediction={prediction} control={control} />
        </>
      ) : (
        <button
          type="button"
          className="wide"
          aria-keyshortcuts="F"
          disabled={control.saving}
          onClick={() => void control.set(true)}
        >
          <Icon name="flag" /> Flag for review <kbd>F</kbd>
        </button>
      )}
      {control.problem && (
        <p className="review-problem" role="alert">
          {control.problem.title}. {control.problem.remedy}
        </p>
      )}
    </section>
  );
}

function ReviewComment({ prediction, control }: ReviewFlagProps) {
  const stored = prediction.review_flag.comment ?? '';
  const [comment, setComment] = useState(stored);
  const changed = comment.trim() !== stored;
  return (
    <form
      className="review-comment"
      onSubmit={(event) => {
        event.preventDefault();
        void control.set(true, comment.trim());
      }}
    >
      <label htmlFor="review-comment">Comment for the reviewer</label>
      <span id="review-comment-hint">No patient names or numbers.</span>
      <textarea
        id="review-comment"
        rows={2}
        maxLength={LONGEST_COMMENT}
        value={comment}
        aria-describedby="review-comment-hint"
        onChange={({ currentTarget }) => setComment(currentTarget.value)}
      />
      <div className="review-foot">
        <button
          type="button"
          className="quiet"
          aria-keyshortcuts="F"
          disabled={control.saving}
          onClick={() => void control.set(false)}
        >
          Remove flag
        </button>
        <button type="submit" disabled={!changed || control.saving}>
          {changed || !stored ? 'Save comment' : 'Saved'}
        </button>
      </div>
    </form>
  );
}
