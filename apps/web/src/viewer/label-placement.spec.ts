import { leaderLine, overlapArea, placeLabels, projectBox, type LabelRequest } from './label-placement';

const stage = { width: 800, height: 600 };
const label = { width: 120, height: 20 };

it('projects a box through the viewport', () => {
  const box = { x: 0.25, y: 0.5, width: 0.5, height: 0.1 };
  expect(projectBox(box, { width: 1000, height: 2000 }, { scale: 0.5, x: 10, y: -20 })).toEqual({
    x: 135,
    y: 480,
    width: 250,
    height: 100,
  });
});

describe('placeLabels', () => {
  it('prefers the place above the top-left corner', () => {
    const placed = placeLabels([{ id: 7, box: { x: 100, y: 100, width: 200, height: 200 }, label }], stage);
    expect(placed.get(7)).toEqual({ x: 100, y: 77, width: 120, height: 20 });
  });

  it('keeps labels of boxes at the edge on the stage', () => {
    const placed = placeLabels([{ id: 0, box: { x: 760, y: -50, width: 300, height: 700 }, label }], stage);
    expect(placed.get(0)).toMatchObject({ x: 680, y: 0 });
  });

  it('gives no label to a box that is off the stage', () => {
    expect(placeLabels([{ id: 0, box: { x: 900, y: 0, width: 50, height: 50 }, label }], stage).size).toBe(0);
  });

  it('never lets labels cover each other, even for a dozen boxes on the same place', () => {
    const requests: LabelRequest[] = Array.from({ length: 12 }, (_, id) => ({
      id,
      box: { x: 300 + id, y: 200 + id, width: 160, height: 120 },
      label,
    }));
    const placed = [...placeLabels(requests, stage).values()];
    expect(placed).toHaveLength(12);
    placed.forEach((a, i) => placed.slice(i + 1).forEach((b) => expect(overlapArea(a, b)).toBe(0)));
  });

  it('does not hide a small finding under the label of a large one', () => {
    const nodule = { x: 120, y: 80, width: 24, height: 18 };
    const large = { x: 100, y: 100, width: 400, height: 300 };
    const placed = placeLabels(
      [
        { id: 0, box: large, label },
        { id: 1, box: nodule, label },
      ],
      stage,
    );
    for (const place of placed.values()) expect(overlapArea(place, nodule)).toBe(0);
  });

  it('gives up gracefully when there is no room at all', () => {
    const tiny = { width: 100, height: 20 };
    const box = { x: 0, y: 0, width: 100, height: 20 };
    expect(
      placeLabels(
        [
          { id: 0, box, label },
          { id: 1, box, label },
        ],
        tiny,
      ).size,
    ).toBe(2);
  });
});

describe('leaderLine', () => {
  const box = { x: 100, y: 100, width: 50, height: 50 };

  it('joins a label that stands away from its box', () => {
    expect(leaderLine({ x: 200, y: 200, ...label }, box)).toEqual({ x1: 200, y1: 200, x2: 150, y2: 150 });
    expect(leaderLine({ x: 110, y: 20, ...label }, box)).toEqual({ x1: 110, y1: 40, x2: 110, y2: 100 });
  });

  it('is not needed beside the box or on it', () => {
    expect(leaderLine({ x: 100, y: 77, ...label }, box)).toBeNull();
    expect(leaderLine({ x: 110, y: 110, ...label }, box)).toBeNull();
  });
});
