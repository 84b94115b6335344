const paths = {
  eye: 'M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8ZM8 6a2 2 0 1 0 0 4 2 2 0 0 0 0-4Z',
  'eye-off':
    'M2 2l12 12M6.2 3.8C6.8 3.6 7.4 3.5 8 3.5c4 0 6.5 4.5 6.5 4.5s-.7 1.3-2 2.5M10 11.9c-.6.4-1.3.6-2 .6C4 12.5 1.5 8 1.5 8s1-1.9 2.9-3.2',
  flag: 'M3.5 14.5v-12M3.5 3c3-1.6 5.5 1.4 9 0v6.5c-3.5 1.4-6-1.6-9 0',
  plus: 'M8 3v10M3 8h10',
  minus: 'M3 8h10',
  fit: 'M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10',
  invert: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2Zm0 0v12M8 5h3.8M8 8h6M8 11h3.8',
  boxes: 'M2.5 2.5h7v7h-7zM9.5 6.5h4v7h-7v-4',
  reset: 'M3 3v3.5h3.5M3.3 6.3A5.3 5.3 0 1 1 2.8 9',
  open: 'M8 10.5v-8M4.8 5.5 8 2.3l3.2 3.2M2.5 9.5v4h11v-4',
  close: 'M3.5 3.5l9 9M12.5 3.5l-9 9',
  keyboard: 'M1.5 4h13v8h-13zM4 6.5h.01M6.7 6.5h.01M9.3 6.5h.01M12 6.5h.01M5 9.5h6',
} as const;

export type IconName = keyof typeof paths;

/** A line icon of one stroke; the control it sits in carries the name. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
