import type { Prediction } from '../api/prediction';
import { provenanceOf } from '../readings/reading-summary';

/** Where the numbers come from, and what they are not. */
export function Footer({ prediction }: { prediction: Prediction | null }) {
  return (
    <footer className="footer">
      {prediction && (
        <dl className="provenance" aria-label="Where this reading comes from">
          {provenanceOf(prediction).map(({ label, value }) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
      <p className="disclaimer">
        <strong>Not a medical device.</strong> Demonstration model; the radiologist decides.
      </p>
    </footer>
  );
}
