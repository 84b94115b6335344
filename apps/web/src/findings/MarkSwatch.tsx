import { markOf } from './finding-mark';

/** A small box as this class is drawn; where dashed, its four corners. */
export function MarkSwatch({ className }: { className: string }) {
  const { colour, dashed } = markOf(className);
  return (
    <svg className="swatch" viewBox="0 0 14 14" aria-hidden="true">
      <rect
        x="1.5"
        y="1.5"
        width="11"
        height="11"
        stroke={colour}
        strokeDasharray={dashed ? '5.5 5.5' : undefined}
        strokeDashoffset={2.75}
      />
    </svg>
  );
}
