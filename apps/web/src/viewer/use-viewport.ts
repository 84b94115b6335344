import { useState, type RefObject } from 'react';
import { useStageSize } from './use-stage-size';
import { fitViewport, panViewport, zoomViewport, type Point, type Size, type Viewport } from './viewport';

export interface ViewportControl {
  viewport: Viewport;
  stage: Size;
  fitted: boolean;
  fit(): void;
  /** Around a point of the stage, or its middle. */
  zoom(factor: number, at?: Point): void;
  pan(by: Point): void;
}

/** How the image lies on the stage. Until the reader moves it, it fits, also when the stage changes size. */
export function useViewport(stageElement: RefObject<HTMLElement | null>, image: Size): ViewportControl {
  const stage = useStageSize(stageElement);
  const [moved, setMoved] = useState<Viewport | null>(null);
  const fitted = fitViewport(image, stage);
  const middle = { x: stage.width / 2, y: stage.height / 2 };
  return {
    viewport: moved ?? fitted,
    stage,
    fitted: moved === null,
    fit: () => setMoved(null),
    zoom: (factor, at = middle) => setMoved((now) => zoomViewport(now ?? fitted, factor, at, image, stage)),
    pan: (by) => setMoved((now) => panViewport(now ?? fitted, by, image, stage)),
  };
}
