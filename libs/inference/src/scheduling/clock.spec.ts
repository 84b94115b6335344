import { systemClock } from './clock';

describe('systemClock', () => {
  it.each([0, 0.2, 3])(
    'rings after %p ms, not before, in a process that has nothing else to do',
    async (milliseconds) => {
      const started = systemClock.now();
      await new Promise<void>((resolve) => {
        const keepsAlive = setInterval(() => undefined, 60_000);
        systemClock.after(milliseconds, () => {
          clearInterval(keepsAlive);
          resolve();
        });
      });
      // A timer may ring up to a millisecond early by this clock.
      expect(systemClock.now() - started).toBeGreaterThanOrEqual(
        milliseconds < 1 ? milliseconds : milliseconds - 1,
      );
    },
  );

  it('does not mistake ages for an instant', async () => {
    let rang = false;
    const prevent = systemClock.after(1e15, () => (rang = true));
    await new Promise((resolve) => setTimeout(resolve, 10));
    prevent();
    expect(rang).toBe(false);
  });

  it.each([0, 0.2, 3])('does not ring when prevented: %p ms', async (milliseconds) => {
    let rang = false;
    const prevent = systemClock.after(milliseconds, () => (rang = true));
    prevent();
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(rang).toBe(false);
  });
});
