import { useEffect, useEffectEvent, useState } from 'react';

/** Takes files dropped anywhere on the page; true while files hover over it. */
export function useFileDrop(onFiles: (files: File[]) => void): boolean {
  const [hovering, setHovering] = useState(false);
  const take = useEffectEvent(onFiles);
  useEffect(() => {
    let depth = 0;
    const listeners: [string, (event: DragEvent) => void][] = [
      ['dragenter', () => setHovering(++depth > 0)],
      ['dragleave', () => setHovering(--depth > 0)],
      ['dragover', () => undefined],
      [
        'drop',
        (event) => {
          depth = 0;
          setHovering(false);
          take([...(event.dataTransfer?.files ?? [])]);
        },
      ],
    ];
    const guarded = listeners.map(([name, listen]) => {
      const onDrag = (event: Event) => {
        if (!(event instanceof DragEvent) || !event.dataTransfer?.types.includes('Files')) return;
        event.preventDefault();
        listen(event);
      };
      window.addEventListener(name, onDrag);
      return () => window.removeEventListener(name, onDrag);
    });
    return () => guarded.forEach((remove) => remove());
  }, []);
  return hovering;
}
