import { confidenceText, type Finding, type Rectangle } from '../findings/finding';
import { markOf } from '../findings/finding-mark';
import type { FindingsControl } from '../findings/use-findings';
import { leaderLine, placeLabels, projectBox } from './label-placement';
import { labelSize } from './label-size';
import type { Size, Viewport } from './viewport';

interface FindingOverlayProps {
  control: FindingsControl;
  image: Size;
  stage: Size;
  viewport: Viewport;
}

interface DrawnFinding {
  finding: Finding;
  text: string;
  box: Rectangle;
  label: Rectangle | undefined;
}

/** Boxes and labels in screen pixels over the picture, so that lines and letters are crisp at any zoom. */
export function FindingOverlay({ control, image, stage, viewport }: FindingOverlayProps) {
  const boxed = control.shown.map((finding) => {
    const text = `${finding.className} ${confidenceText(finding.confidence)}`;
    return { finding, text, box: projectBox(finding.box, image, viewport) };
  });
  const places = placeLabels(
    boxed.map(({ finding, box, text }) => ({ id: finding.id, box, label: labelSize(text) })),
    stage,
  );
  const drawn = boxed.map((each): DrawnFinding => ({ ...each, label: places.get(each.finding.id) }));
  const strongestLast = drawn.toSorted((a, b) => rank(a, control) - rank(b, control));
  return (
    <svg className="overlay" width={stage.width} height={stage.height} aria-hidden="true">
      {strongestLast.map((each) => (
        <FindingBox key={each.finding.id} drawn={each} control={control} />
      ))}
      {strongestLast.map((each) => (
        <FindingLabel key={each.finding.id} drawn={each} control={control} />
      ))}
    </svg>
  );
}

/** The highlighted finding is drawn over the others, and the confident over the doubtful. */
function rank({ finding }: DrawnFinding, control: FindingsControl): number {
  return finding.id === control.highlighted ? 2 : finding.confidence;
}

interface DrawnProps {
  drawn: DrawnFinding;
  control: FindingsControl;
}

function emphasisOf({ drawn, control }: DrawnProps): 'strong' | 'faint' | 'plain' {
  if (control.highlighted === null) return 'plain';
  return control.highlighted === drawn.finding.id ? 'strong' : 'faint';
}

function pointerHandlers({ drawn, control }: DrawnProps) {
  const { id } = drawn.finding;
  return {
    onPointerEnter: () => control.hover(id),
    onPointerLeave: () => control.hover(null),
    onClick: () => control.select(control.selected === id ? null : id),
  };
}

function FindingBox(props: DrawnProps) {
  const { finding, box } = props.drawn;
  const { colour, dashed } = markOf(finding.className);
  return (
    <g className="box" data-finding={finding.id} data-emphasis={emphasisOf(props)}>
      <rect {...box} className="box-halo" />
      <rect
        {...box}
        className="box-line"
        stroke={colour}
        fill={colour}
        strokeDasharray={dashed ? '9 5' : undefined}
      />
      <rect {...box} className="box-grip" {...pointerHandlers(props)} />
    </g>
  );
}

function FindingLabel(props: DrawnProps) {
  const { finding, label, text, box } = props.drawn;
  if (!label) return null;
  const { colour } = markOf(finding.className);
  const leader = leaderLine(label, box);
  return (
    <g className="label" data-emphasis={emphasisOf(props)} {...pointerHandlers(props)}>
      {leader && <line {...leader} stroke={colour} />}
      <rect {...label} rx={2} className="label-plate" />
      <rect x={label.x} y={label.y} width={3} height={label.height} fill={colour} />
      <text x={label.x + 8} y={label.y + 14}>
        {text}
      </text>
    </g>
  );
}
