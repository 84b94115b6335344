import type { Prediction } from '../api/prediction';
import { Icon } from '../app/Icon';
import { readingHash } from '../app/route';
import { momentText, readingSummary } from './reading-summary';
import { PAGE_SIZE, useReadings } from './use-readings';

interface RecentReadingsProps {
  openId: string | null;
  /** Changes when a reading was added or its flag changed. */
  version: number;
  onOpen(id: string): void;
}

/** Readings that the server keeps, to be opened again by their address. */
export function RecentReadings({ openId, version, onOpen }: RecentReadingsProps) {
  const readings = useReadings(version);
  const { list, page, problem, flaggedOnly } = readings;
  const pages = Math.max(1, Math.ceil((list?.total ?? 0) / PAGE_SIZE));
  return (
    <section className="list list-recent" aria-labelledby="recent-title">
      <div className="list-head">
        <h2 id="recent-title" className="list-title">
          Recent readings
        </h2>
        <button
          type="button"
          className="chip"
          aria-pressed={flaggedOnly}
          onClick={() => readings.showFlaggedOnly(!flaggedOnly)}
        >
          Flagged
        </button>
      </div>
      {problem && <p className="list-note">{problem.title}</p>}
      {!problem && list?.items.length === 0 && (
        <p className="list-note">
          {flaggedOnly ? 'Nothing is flagged for review.' : 'Nothing has been read yet.'}
        </p>
      )}
      <ol className="rows">
        {list?.items.map((reading) => (
          <ReadingRow key={reading.id} reading={reading} open={reading.id === openId} onOpen={onOpen} />
        ))}
      </ol>
      {pages > 1 && (
        <nav className="pager" aria-label="Pages of recent readings">
          <button
            type="button"
            className="quiet"
            disabled={page <= 1}
            onClick={() => readings.turnTo(page - 1)}
          >
            Newer
          </button>
          <span>
            {page} of {pages}
          </span>
          <button
            type="button"
            className="quiet"
            disabled={page >= pages}
            onClick={() => readings.turnTo(page + 1)}
          >
            Older
          </button>
        </nav>
      )}
    </section>
  );
}

interface ReadingRowProps {
  reading: Prediction;
  open: boolean;
  onOpen(id: string): void;
}

function ReadingRow({ reading, open, onOpen }: ReadingRowProps) {
  const { flagged } = reading.review_flag;
  return (
    <li className="row">
      <a
        className="row-open"
        href={readingHash(reading.id)}
        aria-current={open ? 'page' : undefined}
        onClick={() => onOpen(reading.id)}
      >
        <span className="row-name">{readingSummary(reading)}</span>
        <span className="row-note">
          <time dateTime={reading.created_at}>{momentText(reading.created_at, new Date())}</time>
          {' · '}
          {reading.image.source === 'dicom' ? 'DICOM' : reading.image.source.toUpperCase()}
          {' · '}
          <code>{reading.image.sha256.slice(0, 6)}</code>
          {flagged && (
            <span className="row-flag">
              <Icon name="flag" /> flagged
            </span>
          )}
        </span>
      </a>
    </li>
  );
}
