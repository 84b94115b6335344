import { useReadiness, type Readiness } from '../api/use-readiness';
import { Icon } from './Icon';
import { Shortcuts } from './ShortcutsDialog';

const readinessWords: Record<Readiness, string> = {
  asking: 'Asking the server…',
  ready: 'Model ready',
  'not ready': 'Model not ready',
  unreachable: 'Server does not answer',
};

export function Header({ onChoose }: { onChoose(): void }) {
  const readiness = useReadiness();
  return (
    <header className="header">
      <a className="brand" href="#/">
        <strong>Thorax</strong> <span>Reading room</span>
      </a>
      <p className="readiness" data-readiness={readiness}>
        {readinessWords[readiness]}
      </p>
      <div className="header-actions">
        <Shortcuts />
        <button type="button" aria-keyshortcuts="O" onClick={onChoose}>
          <Icon name="open" /> Open files
        </button>
      </div>
    </header>
  );
}
