import { useMemo, useState } from 'react';
import type { Prediction } from '../api/prediction';
import { findingsOf, type Finding } from './finding';
import { isAboveMinimum, isShown, stepFinding, toggled, type FindingFilter } from './finding-filter';

export interface FindingsControl {
  all: Finding[];
  /** At or above the minimum: these have a row. */
  listed: Finding[];
  /** Of those, the ones that are drawn. */
  shown: Finding[];
  filter: FindingFilter;
  selected: number | null;
  /** Under the cursor, or else selected: drawn stronger than the others. */
  highlighted: number | null;
  hover(id: number | null): void;
  select(id: number | null): void;
  step(step: 1 | -1): void;
  toggleFinding(id: number): void;
  toggleClass(className: string): void;
}

/** The findings of one reading and what the reader chose to see of them. */
export function useFindings(prediction: Prediction, minimumConfidence: number): FindingsControl {
  const all = useMemo(() => findingsOf(prediction), [prediction]);
  const [hiddenClasses, setHiddenClasses] = useState<ReadonlySet<string>>(new Set());
  const [hiddenFindings, setHiddenFindings] = useState<ReadonlySet<number>>(new Set());
  const [selected, setSelected] = useState<number | null>(null);
  const [hovered, setHovered] = useState<number | null>(null);
  const filter = { minimumConfidence, hiddenClasses, hiddenFindings };
  const listed = all.filter((finding) => isAboveMinimum(finding, filter));
  const shown = listed.filter((finding) => isShown(finding, filter));
  const isListed = (id: number | null) => listed.some((finding) => finding.id === id);
  const chosen = isListed(selected) ? selected : null;
  return {
    all,
    listed,
    shown,
    filter,
    selected: chosen,
    highlighted: isListed(hovered) ? hovered : chosen,
    hover: setHovered,
    select: setSelected,
    step: (step) => setSelected(stepFinding(listed, chosen, step)),
    toggleFinding: (id) => setHiddenFindings((hidden) => toggled(hidden, id)),
    toggleClass: (className) => setHiddenClasses((hidden) => toggled(hidden, className)),
  };
}
