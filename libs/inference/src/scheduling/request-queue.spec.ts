import fc from 'fast-check';
import { RequestQueue, Waiting } from './request-queue';

interface Entry extends Waiting {
  name: string;
}
const entry = (name: string, priority = 2): Entry => ({ name, priority });
const names = (entries: readonly Entry[]): string => entries.map(({ name }) => name).join('');

function queueOf(...entries: Entry[]): RequestQueue<Entry> {
  const queue = new RequestQueue<Entry>(10);
  entries.forEach((one) => queue.offer(one));
  return queue;
}

describe('RequestQueue', () => {
  it('serves first come, first served within a priority, and lower numbers first', () => {
    const queue = queueOf(entry('c'), entry('e', 3), entry('d'), entry('a', 1), entry('b', 1));
    expect(names(queue.waiting)).toBe('abcde');
  });

  it('turns away what does not fit, unchanged', () => {
    const queue = new RequestQueue<Entry>(1);
    expect(queue.offer(entry('a'))).toBe(true);
    expect(queue.offer(entry('b', 1))).toBe(false);
    expect(names(queue.waiting)).toBe('a');
  });

  it('puts a returning entry ahead of its priority, even when full', () => {
    const queue = queueOf(entry('b', 1), entry('c'), entry('d'));
    queue.putBack(entry('x'));
    expect(names(queue.waiting)).toBe('bxcd');
    const full = new RequestQueue<Entry>(0);
    full.putBack(entry('a'));
    expect(full.size).toBe(1);
  });

  it('hands out the first that are acceptable and keeps the rest', () => {
    const queue = queueOf(entry('a'), entry('B'), entry('c'), entry('d'));
    expect(names(queue.take(2, ({ name }) => name !== 'B'))).toBe('ac');
    expect(names(queue.waiting)).toBe('Bd');
  });

  it('forgets what is removed', () => {
    const [a, b] = [entry('a'), entry('b')];
    const queue = queueOf(a, b);
    expect(queue.remove(a)).toBe(true);
    expect(queue.remove(a)).toBe(false);
    expect(names(queue.waiting)).toBe('b');
  });

  it('always serves in the order of priority, then of arrival', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 10 }), (priorities) => {
        const entries = priorities.map((priority, index) => entry(String(index), priority));
        const expected = entries.toSorted((a, b) => a.priority - b.priority);
        expect(queueOf(...entries).take(Infinity)).toEqual(expected);
      }),
    );
  });
});
