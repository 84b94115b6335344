import { useState } from 'react';
import { dragWindow, FULL_WINDOW, type GreyWindow } from './window-level';

export interface DisplayControl {
  window: GreyWindow;
  inverted: boolean;
  boxesShown: boolean;
  setWindow(window: GreyWindow): void;
  drag(dx: number, dy: number): void;
  invert(): void;
  toggleBoxes(): void;
  reset(): void;
}

/** How the picture is shown. It changes nothing that is stored. */
export function useDisplay(): DisplayControl {
  const [window, setWindow] = useState<GreyWindow>(FULL_WINDOW);
  const [inverted, setInverted] = useState(false);
  const [boxesShown, setBoxesShown] = useState(true);
  return {
    window,
    inverted,
    boxesShown,
    setWindow,
    drag: (dx, dy) => setWindow((now) => dragWindow(now, dx, dy)),
    invert: () => setInverted((now) => !now),
    toggleBoxes: () => setBoxesShown((now) => !now),
    reset() {
      setWindow(FULL_WINDOW);
      setInverted(false);
    },
  };
}
