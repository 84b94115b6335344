import { isFullWindow, windowRamp, type GreyWindow } from './window-level';

interface WindowFilterProps {
  window: GreyWindow;
  inverted: boolean;
}

/** The name changes with the window, because some browsers do not repaint a picture whose filter only changed inside. */
function filterId({ window, inverted }: WindowFilterProps): string {
  const milli = (value: number) => Math.round(value * 1000);
  return `window-${milli(window.width)}-${milli(window.level)}-${inverted ? 'inverted' : 'plain'}`;
}

export function windowFilter(props: WindowFilterProps): string {
  return isFullWindow(props.window) && !props.inverted ? 'none' : `url("#${filterId(props)}")`;
}

/** The window as an exact ramp over grey values, which CSS brightness and contrast are not. */
export function WindowFilter(props: WindowFilterProps) {
  const { slope, intercept } = windowRamp(props.window, props.inverted);
  const ramp = { type: 'linear', slope, intercept } as const;
  return (
    <svg className="visually-hidden" aria-hidden="true" focusable="false">
      <filter id={filterId(props)} colorInterpolationFilters="sRGB" x="0" y="0" width="1" height="1">
        <feComponentTransfer>
          <feFuncR {...ramp} />
          <feFuncG {...ramp} />
          <feFuncB {...ramp} />
        </feComponentTransfer>
      </filter>
    </svg>
  );
}
