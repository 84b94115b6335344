import { dispatchOneByOne, replacementDelayMs, retryAfterSeconds } from './dispatch-policy';

describe('dispatchOneByOne', () => {
  it('never waits and never groups', () => {
    expect(dispatchOneByOne({ waiting: 9, oldestWaitMs: 0 })).toEqual({ take: 1 });
  });
});

describe('retryAfterSeconds', () => {
  it.each([
    [0, 2, 100, 1],
    [64, 2, 100, 4],
    [10, 1, 1000, 10],
    [64, 1, 5000, 60],
    [5, 0, 1000, 5],
  ])('for %i waiting, %i lanes and %i ms each is %i', (waiting, lanes, serviceMs, seconds) => {
    expect(retryAfterSeconds(waiting, lanes, serviceMs)).toBe(seconds);
  });
});

describe('replacementDelayMs', () => {
  it.each([
    [1, 0],
    [2, 250],
    [3, 500],
    [6, 4000],
    [9, 30_000],
    [500, 30_000],
  ])('after %i losses in a row is %i', (losses, delay) => {
    expect(replacementDelayMs(losses)).toBe(delay);
  });
});
