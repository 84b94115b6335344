/** What a reader can ask for with one key. */
export type Command =
  | 'open-file'
  | 'show-shortcuts'
  | 'fit'
  | 'zoom-in'
  | 'zoom-out'
  | 'invert'
  | 'reset-window'
  | 'toggle-boxes'
  | 'toggle-flag'
  | 'next-finding'
  | 'previous-finding'
  | 'hide-finding'
  | 'raise-minimum'
  | 'lower-minimum'
  | 'clear-selection';

const keys: Record<string, Command> = {
  o: 'open-file',
  '?': 'show-shortcuts',
  '0': 'fit',
  '+': 'zoom-in',
  '=': 'zoom-in',
  '-': 'zoom-out',
  i: 'invert',
  r: 'reset-window',
  h: 'toggle-boxes',
  f: 'toggle-flag',
  j: 'next-finding',
  k: 'previous-finding',
  x: 'hide-finding',
  ']': 'raise-minimum',
  '[': 'lower-minimum',
  Escape: 'clear-selection',
};

/** Where the key was pressed: in text it is writing; in a dialog it belongs to the dialog. */
export type KeyPlace = 'text' | 'dialog' | 'elsewhere';

export interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

/** The command of a key press, or null when the key belongs to the browser or to what has the focus. */
export function commandOf(press: KeyPress, place: KeyPlace): Command | null {
  if (place !== 'elsewhere' || press.ctrlKey || press.metaKey || press.altKey) return null;
  const key = press.key.length === 1 ? press.key.toLowerCase() : press.key;
  return Object.hasOwn(keys, key) ? (keys[key] ?? null) : null;
}

/** Shown in the dialog, in the order a reader learns them. */
export const shortcutTable: readonly { keys: readonly string[]; does: string }[] = [
  { keys: ['O'], does: 'Choose files to read' },
  { keys: ['J', 'K'], does: 'Next, previous finding' },
  { keys: ['X'], does: 'Hide or show the selected finding' },
  { keys: ['H'], does: 'Hide or show all boxes' },
  { keys: ['[', ']'], does: 'Lower, raise the minimum confidence' },
  { keys: ['F'], does: 'Flag for review, or remove the flag' },
  { keys: ['I'], does: 'Invert greys' },
  { keys: ['R'], does: 'Reset brightness and contrast' },
  { keys: ['+', '−'], does: 'Zoom in, out (or the wheel)' },
  { keys: ['0'], does: 'Fit to the screen (or double-click)' },
  { keys: ['Drag'], does: 'Move the picture' },
  { keys: ['Right-drag'], does: 'Up brightens; right widens the window' },
  { keys: ['Esc'], does: 'Clear the selection' },
];
