import { useRef } from 'react';
import { shortcutTable } from './command';
import { Icon } from './Icon';
import { useCommands } from './use-command';

/** The button in the header and the dialog it opens. */
export function Shortcuts() {
  const dialog = useRef<HTMLDialogElement>(null);
  const show = () => dialog.current?.showModal();
  useCommands({ 'show-shortcuts': show });
  return (
    <>
      <button type="button" className="quiet" aria-keyshortcuts="?" onClick={show}>
        <Icon name="keyboard" /> <span className="header-word">Shortcuts</span>
      </button>
      <dialog ref={dialog} className="shortcuts" aria-labelledby="shortcuts-title">
        <div className="shortcuts-head">
          <h2 id="shortcuts-title">Keyboard and mouse</h2>
          <form method="dialog">
            <button type="submit" className="bare" aria-label="Close">
              <Icon name="close" />
            </button>
          </form>
        </div>
        <dl>
          {shortcutTable.map(({ keys, does }) => (
            <div key={does}>
              <dt>
                {keys.map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </dt>
              <dd>{does}</dd>
            </div>
          ))}
        </dl>
      </dialog>
    </>
  );
}
