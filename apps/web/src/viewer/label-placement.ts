import type { Rectangle } from '../findings/finding';
import type { Size, Viewport } from './viewport';

/** A box on the stage and the size of the label that names it. */
export interface LabelRequest {
  id: number;
  box: Rectangle;
  label: Size;
}

const GAP = 3;

/** A box in fractions of the image, where it lies on the stage. */
export function projectBox(box: Rectangle, image: Size, { scale, x, y }: Viewport): Rectangle {
  return {
    x: x + box.x * image.width * scale,
    y: y + box.y * image.height * scale,
    width: box.width * image.width * scale,
    height: box.height * image.height * scale,
  };
}

/** A label may hide up to this share of a box; less matters to nobody. */
const SHARE_THAT_MAY_HIDE = 0.03;

/**
 * Places labels so that none covers another, nor a small finding: each tries the corners of its box, then slides along
 * the box's sides. The first in the list choose first. Boxes that are off the stage get no label.
 */
export function placeLabels(requests: readonly LabelRequest[], stage: Size): Map<number, Rectangle> {
  const placed = new Map<number, Rectangle>();
  for (const { id, box, label } of requests) {
    if (!isOnStage(box, stage)) continue;
    const taken = [...placed.values()];
    const boxes = requests.map((request) => request.box);
    let best: Rectangle | undefined;
    let least = Infinity;
    for (const candidate of candidates(box, label, stage)) {
      const cost = placementCost(candidate, taken, boxes);
      if (cost < least) [best, least] = [candidate, cost];
      if (cost <= SHARE_THAT_MAY_HIDE) break;
    }
    if (best) placed.set(id, best);
  }
  return placed;
}

/** Any cover of another label outweighs every box that is hidden. */
function placementCost(
  candidate: Rectangle,
  labels: readonly Rectangle[],
  boxes: readonly Rectangle[],
): number {
  const onLabels = labels.reduce((sum, other) => sum + overlapArea(candidate, other), 0);
  const onBoxes = boxes.reduce(
    (sum, box) => sum + overlapArea(candidate, box) / Math.max(1, box.width * box.height),
    0,
  );
  return (onLabels > 0 ? boxes.length + onLabels : 0) + onBoxes;
}

function* candidates(box: Rectangle, label: Size, stage: Size): Generator<Rectangle> {
  const right = box.x + box.width - label.width;
  const bottom = box.y + box.height;
  const above = box.y - label.height - GAP;
  const corners = [
    [box.x, above],
    [right, above],
    [box.x, bottom + GAP],
    [right, bottom + GAP],
    [box.x + GAP, box.y + GAP],
    [right - GAP, box.y + GAP],
    [box.x + GAP, bottom - label.height - GAP],
  ] as const;
  for (const [x, y] of corners) yield onStage({ x, y, ...label }, stage);
  const beside = [box.x + box.width + GAP, box.x - label.width - GAP];
  const row = label.height + GAP;
  for (let offset = 0; offset < box.height + 8 * row; offset += row) {
    for (const y of [box.y + offset, box.y - offset]) {
      for (const x of [...beside, box.x + GAP]) yield onStage({ x, y, ...label }, stage);
    }
  }
}

function onStage(label: Rectangle, stage: Size): Rectangle {
  return {
    ...label,
    x: Math.max(0, Math.min(stage.width - label.width, label.x)),
    y: Math.max(0, Math.min(stage.height - label.height, label.y)),
  };
}

function isOnStage(box: Rectangle, stage: Size): boolean {
  return box.x < stage.width && box.y < stage.height && box.x + box.width > 0 && box.y + box.height > 0;
}

/** The shortest line from a label to its box, or null where they are as good as touching. */
export function leaderLine(
  label: Rectangle,
  box: Rectangle,
): { x1: number; y1: number; x2: number; y2: number } | null {
  const [x1, x2] = nearest(label.x, label.x + label.width, box.x, box.x + box.width);
  const [y1, y2] = nearest(label.y, label.y + label.height, box.y, box.y + box.height);
  return Math.hypot(x2 - x1, y2 - y1) > 2 * GAP ? { x1, y1, x2, y2 } : null;
}

/** The closest points of two intervals. */
function nearest(aLow: number, aHigh: number, bLow: number, bHigh: number): [number, number] {
  if (aHigh < bLow) return [aHigh, bLow];
  if (bHigh < aLow) return [aLow, bHigh];
  const shared = Math.max(aLow, bLow);
  return [shared, shared];
}

/** Square pixels that both rectangles cover. */
export function overlapArea(a: Rectangle, b: Rectangle): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return Math.max(0, width) * Math.max(0, height);
}
