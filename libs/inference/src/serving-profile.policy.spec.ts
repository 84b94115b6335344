import * as fc from 'fast-check';
import { profileOf, SERVING_PROFILES } from './serving-profile.policy';

const gibibytes = (count: number): number => count * 1024 ** 3;

describe('a serving profile', () => {
  it.each([
    ['throughput', 8, 32, { workers: 8, intraOpThreads: 1, keepsMemory: true, maxQueueSize: 128 }],
    ['latency', 8, 32, { workers: 1, intraOpThreads: 8, keepsMemory: true, maxQueueSize: 128 }],
    ['edge', 4, 4, { workers: 1, intraOpThreads: 3, keepsMemory: false, maxQueueSize: 16 }],
    ['edge', 1, 1, { workers: 1, intraOpThreads: 1, keepsMemory: false, maxQueueSize: 16 }],
    ['auto', 8, 32, { profile: 'throughput' }],
    ['auto', 4, 2, { profile: 'edge' }],
    ['auto', 1, 8, { profile: 'edge' }],
  ] as const)('"%s" on %i cores and %i GiB', (profile, cores, memory, settings) => {
    expect(profileOf(profile, cores, gibibytes(memory))).toMatchObject(settings);
  });

  it('never asks for more threads than there are cores, nor for more memory than half', () => {
    const machine = [fc.integer({ min: 1, max: 256 }), fc.integer({ min: 2 ** 28, max: 2 ** 42 })] as const;
    fc.assert(
      fc.property(fc.constantFrom(...SERVING_PROFILES), ...machine, (profile, cores, memory) => {
        const settings = profileOf(profile, cores, memory);
        expect(settings.workers * settings.intraOpThreads).toBeLessThanOrEqual(cores);
        expect(Math.min(settings.workers, settings.intraOpThreads)).toBeGreaterThanOrEqual(1);
        expect(settings.memoryBudgetBytes).toBeLessThanOrEqual(memory / 2);
        expect(settings.maxHeldBytes).toBeGreaterThan(0);
      }),
    );
  });
});
