import { callerWishes } from './caller-wishes';

const request = (prefer?: string | string[]) => ({
  ip: '127.0.0.1',
  headers: { prefer } as { prefer?: string },
});

describe('callerWishes', () => {
  it.each([
    ['wait=10', 10_000],
    ['respond-async, wait=3', 3_000],
    ['wait = "5"; strict', 5_000],
    ['WAIT=0', 0],
  ])('reads the deadline from Prefer: %s', (prefer, deadlineMs) => {
    expect(callerWishes(request(prefer))).toEqual({ caller: '127.0.0.1', deadlineMs });
  });

  it.each([undefined, '', 'wait', 'wait=soon', 'await=10', 'wait=-1', 'wait=99999999'])(
    'finds none in %p',
    (prefer) => {
      expect(callerWishes(request(prefer))).toEqual({ caller: '127.0.0.1' });
    },
  );
});
