import { useEffect, useRef } from 'react';
import { Icon } from '../app/Icon';
import { confidenceText, type Finding } from './finding';
import { isShown } from './finding-filter';
import { MarkSwatch } from './MarkSwatch';
import type { FindingsControl } from './use-findings';

/** On narrower screens the whole page would scroll, away from the picture. */
const LIST_SCROLLS_BY_ITSELF = '(min-width: 1024px)';

/** One finding: choose it to see its box, or hide it. */
export function FindingRow({ finding, control }: { finding: Finding; control: FindingsControl }) {
  const { id, className, confidence, number } = finding;
  const shown = isShown(finding, control.filter);
  const selected = control.selected === id;
  const row = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (selected && window.matchMedia(LIST_SCROLLS_BY_ITSELF).matches)
      row.current?.scrollIntoView({ block: 'nearest' });
  }, [selected]);
  return (
    <li
      ref={row}
      className="finding"
      data-shown={shown}
      data-highlighted={control.highlighted === id}
      onPointerEnter={() => control.hover(id)}
      onPointerLeave={() => control.hover(null)}
    >
      <button
        type="button"
        className="finding-choose"
        aria-pressed={selected}
        onClick={() => control.select(selected ? null : id)}
        onFocus={() => control.hover(id)}
        onBlur={() => control.hover(null)}
      >
        <MarkSwatch className={className} />
        <span className="finding-name">{className}</span>
        <span className="finding-confidence">
          <span className="visually-hidden">confidence </span>
          {confidenceText(confidence)}
        </span>
        <meter className="finding-bar" min={0} max={1} value={confidence} aria-hidden="true" />
      </button>
      <button
        type="button"
        className="bare"
        aria-pressed={!shown}
        disabled={control.filter.hiddenClasses.has(className)}
        aria-label={`Hide finding ${number}, ${className}`}
        title={shown ? 'Hide this box' : 'Show this box'}
        onClick={() => control.toggleFinding(id)}
      >
        <Icon name={shown ? 'eye' : 'eye-off'} />
      </button>
    </li>
  );
}
