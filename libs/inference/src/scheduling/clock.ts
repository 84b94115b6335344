/** Time as the scheduler knows it, so that tests can move it by hand. */
export interface Clock {
  /** Milliseconds from an arbitrary start, never going back. */
  now(): number;
  /** Calls `callback` once, `milliseconds` from now; the returned function prevents it. */
  after(milliseconds: number, callback: () => void): () => void;
}

/**
 * The machine's time. Its timers do not keep the process alive for longer than a millisecond. Shorter waits, which
 * timers would round up, pass by asking once a turn of the event loop.
 */
export const systemClock: Clock = {
  now: () => performance.now(),
  after: (milliseconds, callback) =>
    milliseconds < 1 ? afterTurns(milliseconds, callback) : afterTimer(milliseconds, callback),
};

/** Beyond this, some 25 days, a timer would ring at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

function afterTimer(milliseconds: number, callback: () => void): () => void {
  const timer = setTimeout(callback, Math.min(milliseconds, LONGEST_TIMER_MS)).unref();
  return () => clearTimeout(timer);
}

/** Not unreferenced: the loop would go to sleep with such turns pending. They are over in a millisecond. */
function afterTurns(milliseconds: number, callback: () => void): () => void {
  const end = performance.now() + milliseconds;
  let turn: NodeJS.Immediate;
  const ask = (): void => {
    if (performance.now() >= end) callback();
    else turn = setImmediate(ask);
  };
  turn = setImmediate(ask);
  return () => clearImmediate(turn);
}
