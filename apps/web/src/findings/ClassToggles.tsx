import { classesPresent } from './finding-filter';
import { MarkSwatch } from './MarkSwatch';
import type { FindingsControl } from './use-findings';

/** One switch for each class on this radiograph. */
export function ClassToggles({ control }: { control: FindingsControl }) {
  const classes = classesPresent(control.all, control.filter);
  if (classes.length < 2) return null;
  return (
    <div className="class-toggles" role="group" aria-label="Classes shown">
      {classes.map(({ className, count }) => (
        <button
          key={className}
          type="button"
          className="chip"
          aria-pressed={!control.filter.hiddenClasses.has(className)}
          onClick={() => control.toggleClass(className)}
        >
          <MarkSwatch className={className} />
          {className}
          {count > 1 && <span className="count">{count}</span>}
        </button>
      ))}
    </div>
  );
}
