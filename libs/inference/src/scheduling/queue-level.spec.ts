import fc from 'fast-check';
import { QueueLevel } from './queue-level';

interface Entry {
  readonly caller?: string;
  readonly name: string;
}
const entry = (name: string): Entry => ({ caller: name[0]!, name });

function levelOf(...names: string[]): { level: QueueLevel<Entry>; entries: Record<string, Entry> } {
  const level = new QueueLevel<Entry>();
  const entries = Object.fromEntries(names.map((name) => [name, entry(name)]));
  for (const name of names) level.add(entries[name]!);
  return { level, entries };
}
const order = (level: QueueLevel<Entry>): string => [...level.inOrder()].map(({ name }) => name).join(' ');

describe('QueueLevel', () => {
  it('lets callers take turns', () => {
    const { level } = levelOf('a1', 'a2', 'a3', 'b1', 'c1', 'c2');
    expect(order(level)).toBe('a1 b1 c1 a2 c2 a3');
  });

  it('gives the next turn to others after one was served', () => {
    const { level, entries } = levelOf('a1', 'a2', 'b1', 'b2');
    level.serve(entries['a1']!);
    expect(order(level)).toBe('b1 a2 b2');
    level.remove(entries['b1']!);
    expect(order(level)).toBe('b2 a2');
  });

  it('puts a returning entry first, its caller included', () => {
    const { level } = levelOf('a1', 'b1', 'b2');
    level.addFirst(entry('b0'));
    expect(order(level)).toBe('b0 a1 b1 b2');
    level.addFirst(entry('d0'));
    expect(order(level)).toBe('d0 b0 a1 b1 b2');
  });

  it('serves delayed entries when nobody else waits', () => {
    const { level, entries } = levelOf('a1', 'a2', 'b1');
    expect(level.delay(entries['a1']!)).toBe(true);
    level.add(entry('b2'));
    expect(order(level)).toBe('a2 b1 b2 a1');
    expect(level.delay(entry('x'))).toBe(false);
    expect(level.remove(entries['a1']!)).toBe(true);
    expect(level.size).toBe(3);
  });

  it('counts who would be served before a newcomer', () => {
    const { level } = levelOf('a1', 'a2', 'a3', 'b1');
    expect([level.ahead('a'), level.ahead('b'), level.ahead('z')]).toEqual([4, 3, 2]);
  });

  const names = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 40 });

  it('serves in the order it shows, keeps each order of arrival, and lets nobody get ahead by more than a turn', () => {
    fc.assert(
      fc.property(names, (callers) => {
        const level = new QueueLevel<Entry>();
        callers.forEach((caller, index) => level.add({ caller, name: `${caller}${index}` }));
        const shown = [...level.inOrder()];
        const served: Entry[] = [];
        for (let next = first(level); next; next = first(level)) {
          const waiting = new Set([...level.inOrder()].map(({ caller }) => caller!));
          level.serve(next);
          served.push(next);
          const turns = [...waiting].map((caller) => served.filter((one) => one.caller === caller).length);
          expect(Math.max(...turns) - Math.min(...turns)).toBeLessThanOrEqual(1);
        }
        expect(served).toEqual(shown);
        for (const caller of new Set(callers)) {
          const own = served.filter((one) => one.caller === caller).map(({ name }) => Number(name.slice(1)));
          expect(own).toEqual(own.toSorted((a, b) => a - b));
        }
        expect(level.size).toBe(0);
      }),
    );
  });

  it('counts those ahead as they are then served', () => {
    fc.assert(
      fc.property(names, fc.constantFrom('a', 'b', 'z'), (callers, caller) => {
        const { level } = levelOf(...callers.map((one, index) => `${one}${index}`));
        const ahead = level.ahead(caller);
        const last = { caller, name: 'last' };
        level.add(last);
        expect([...level.inOrder()].indexOf(last)).toBe(ahead);
      }),
    );
  });
});

function first(level: QueueLevel<Entry>): Entry | undefined {
  return level.inOrder().next().value as Entry | undefined;
}
