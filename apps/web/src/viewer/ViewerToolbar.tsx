import type { ReactNode } from 'react';
import { Icon, type IconName } from '../app/Icon';
import type { DisplayControl } from './use-display';
import type { ViewportControl } from './use-viewport';
import { brightnessOf, contrastOf, withBrightness, withContrast } from './window-level';

interface ViewerToolbarProps {
  display: DisplayControl;
  view: ViewportControl;
}

export function ViewerToolbar({ display, view }: ViewerToolbarProps) {
  const { window, setWindow } = display;
  return (
    <div className="toolbar" role="group" aria-label="Picture">
      <div className="tools">
        <Tool icon="minus" name="Zoom out" shortcut="-" onUse={() => view.zoom(1 / 1.25)} />
        <Tool icon="plus" name="Zoom in" shortcut="+" onUse={() => view.zoom(1.25)} />
        <Tool icon="fit" name="Fit to screen" shortcut="0" onUse={view.fit} />
      </div>
      <div className="tools tools-window">
        <WindowSlider
          name="Brightness"
          value={brightnessOf(window)}
          onChange={(value) => setWindow(withBrightness(window, value))}
        />
        <WindowSlider
          name="Contrast"
          value={contrastOf(window)}
          onChange={(value) => setWindow(withContrast(window, value))}
        />
        <Tool icon="reset" name="Reset window" shortcut="R" onUse={display.reset} />
      </div>
      <div className="tools">
        <Tool icon="invert" name="Invert" shortcut="I" pressed={display.inverted} onUse={display.invert}>
          Invert
        </Tool>
        <Tool icon="boxes" name="Boxes" shortcut="H" pressed={display.boxesShown} onUse={display.toggleBoxes}>
          Boxes
        </Tool>
      </div>
    </div>
  );
}

interface ToolProps {
  icon: IconName;
  name: string;
  shortcut: string;
  pressed?: boolean;
  onUse(): void;
  children?: ReactNode;
}

function Tool({ icon, name, shortcut, pressed, onUse, children }: ToolProps) {
  return (
    <button
      type="button"
      className="tool"
      aria-label={name}
      aria-pressed={pressed}
      aria-keyshortcuts={shortcut}
      title={`${name} (${shortcut})`}
      onClick={onUse}
    >
      <Icon name={icon} />
      {children && <span className="tool-name">{children}</span>}
    </button>
  );
}

interface WindowSliderProps {
  name: string;
  value: number;
  onChange(value: number): void;
}

function WindowSlider({ name, value, onChange }: WindowSliderProps) {
  return (
    <label className="slider slider-window">
      <span className="slider-label">{name}</span>
      <input
        type="range"
        min={-100}
        max={100}
        value={value}
        onChange={({ currentTarget }) => onChange(Number(currentTarget.value))}
      />
    </label>
  );
}
