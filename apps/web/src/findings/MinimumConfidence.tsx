import { confidenceText } from './finding';

interface MinimumConfidenceProps {
  minimum: number;
  onChange(minimum: number): void;
}

export function MinimumConfidence({ minimum, onChange }: MinimumConfidenceProps) {
  return (
    <label className="slider slider-confidence">
      <span className="slider-label">
        Minimum confidence <span aria-hidden="true">{confidenceText(minimum)}</span>
      </span>
      <input
        type="range"
        min={0}
        max={1}
        step={0.01}
        value={minimum}
        aria-valuetext={confidenceText(minimum)}
        onChange={({ currentTarget }) => onChange(Number(currentTarget.value))}
      />
    </label>
  );
}
