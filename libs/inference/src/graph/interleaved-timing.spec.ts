import { ManualClock } from '../testing/manual-clock';
import { medianOf, timeInterleaved } from './interleaved-timing';

describe('timeInterleaved', () => {
  const run = (clock: ManualClock, log: string[], name: string, costs: (call: number) => number) => {
    let calls = 0;
    return async () => {
      log.push(name);
      clock.advance(costs(calls++));
    };
  };

  it('warms both up, then lets each go first in turns', async () => {
    const clock = new ManualClock();
    const log: string[] = [];
    await timeInterleaved(
      run(clock, log, 'a', () => 100),
      run(clock, log, 'b', () => 100),
      clock,
    );
    expect(log.join('')).toBe('ab' + 'abbaabbaabbaab');
  });

  it('gives medians, which neither the warm-up nor an outlier moves', async () => {
    const clock = new ManualClock();
    const first = run(clock, [], 'a', (call) => (call === 0 || call === 3 ? 1000 : 100));
    const second = run(clock, [], 'b', (call) => (call === 0 ? 500 : 80));
    expect(await timeInterleaved(first, second, clock)).toEqual({
      firstMs: 100,
      secondMs: 80,
      ratio: 1.25,
    });
  });

  it('compares within rounds, so that a machine slowing down does not decide', async () => {
    const clock = new ManualClock();
    const first = run(clock, [], 'a', (call) => 100 * (call + 1));
    const second = run(clock, [], 'b', (call) => 50 * (call + 1));
    expect((await timeInterleaved(first, second, clock)).ratio).toBe(2);
  });

  it.each([
    ['seven rounds of a slow pair', 1000, undefined, 7],
    ['more when asked', 1000, 11, 11],
    ['not fewer when asked', 1000, 1, 7],
    ['a second of a quick pair', 25, undefined, 20],
    ['41 rounds of a very quick pair', 1, undefined, 41],
  ])('runs %s', async (_, costMs, asked, expected) => {
    const log: string[] = [];
    const clock = new ManualClock();
    const cost = (): number => costMs;
    await timeInterleaved(run(clock, log, 'a', cost), run(clock, log, 'b', cost), clock, asked);
    expect(log.length / 2 - 1).toBe(expected);
  });
});

describe('medianOf', () => {
  it('takes the middle or the mean of both middles', () => {
    expect(medianOf([3, 1, 2])).toBe(2);
    expect(medianOf([4, 1, 3, 2])).toBe(2.5);
    expect(medianOf([])).toBeNaN();
  });
});
