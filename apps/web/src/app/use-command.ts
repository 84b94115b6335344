import { useEffect, useEffectEvent } from 'react';
import { commandOf, type Command, type KeyPlace } from './command';

export type CommandHandlers = Partial<Record<Command, () => void>>;

/** Answers keys with these handlers while the component is on the page. */
export function useCommands(handlers: CommandHandlers): void {
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    const command = commandOf(event, placeOf(event.target));
    const handle = command && handlers[command];
    if (!handle) return;
    event.preventDefault();
    handle();
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent) => onKey(event);
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, []);
}

function placeOf(target: EventTarget | null): KeyPlace {
  if (!(target instanceof Element)) return 'elsewhere';
  if (target.closest('dialog[open]')) return 'dialog';
  return target.matches('textarea, select, input:not([type=range], [type=checkbox])') ? 'text' : 'elsewhere';
}
