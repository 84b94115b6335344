import { isWorthRetrying, type Problem } from '../api/problem';

interface ProblemNoticeProps {
  problem: Problem;
  /** What it happened to. */
  subject?: string;
  onRetry?(): void;
  onDismiss?(): void;
}

/** A problem in words: what happened, why, and what to do. */
export function ProblemNotice({ problem, subject, onRetry, onDismiss }: ProblemNoticeProps) {
  return (
    <div className="stage-message">
      <div className="problem" role="alert">
        {subject && <p className="problem-subject">{subject}</p>}
        <h1>{problem.title}</h1>
        <p>{problem.detail}</p>
        {problem.reasons && (
          <ul className="problem-reasons">
            {problem.reasons.map((reason) => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
        )}
        {problem.remedy && <p className="problem-remedy">{problem.remedy}</p>}
        <div className="problem-actions">
          {onRetry && isWorthRetrying(problem) && (
            <button type="button" className="primary" onClick={onRetry}>
              Try again
            </button>
          )}
          {onDismiss && (
            <button type="button" onClick={onDismiss}>
              Dismiss
            </button>
          )}
        </div>
        <p className="problem-code">{problem.code}</p>
      </div>
    </div>
  );
}
