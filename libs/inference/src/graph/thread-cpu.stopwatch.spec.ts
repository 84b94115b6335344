import { setTimeout } from 'node:timers/promises';
import { threadCpuStopwatch } from './thread-cpu.stopwatch';

describe('threadCpuStopwatch', () => {
  it('counts work and not waiting', async () => {
    const started = threadCpuStopwatch.now();
    await setTimeout(200);
    const waited = threadCpuStopwatch.now() - started;
    let sum = 0;
    for (let round = 0; round < 1e8; round++) sum += round % 7;
    const worked = threadCpuStopwatch.now() - started - waited;
    expect(sum).toBeGreaterThan(0);
    expect(waited).toBeLessThan(100);
    expect(worked).toBeGreaterThan(waited);
  });
});
