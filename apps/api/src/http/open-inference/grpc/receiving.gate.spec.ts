import * as fc from 'fast-check';
import { ReceivingGate } from './receiving.gate';

describe('ReceivingGate', () => {
  it('lets in as many as there are places, the others in their order', () => {
    const gate = new ReceivingGate(2);
    const inside: string[] = [];
    const [leaveA, , leaveC] = ['a', 'b', 'c', 'd'].map((name) => gate.pass(() => inside.push(name)));
    expect(inside).toEqual(['a', 'b']);
    leaveA!();
    leaveA!();
    expect(inside).toEqual(['a', 'b', 'c']);
    leaveC!();
    expect(inside).toEqual(['a', 'b', 'c', 'd']);
  });

  it('forgets who stops waiting', () => {
    const gate = new ReceivingGate(1);
    const inside: string[] = [];
    const [leaveA, leaveB] = ['a', 'b', 'c'].map((name) => gate.pass(() => inside.push(name)));
    leaveB!();
    leaveA!();
    expect(inside).toEqual(['a', 'c']);
  });

  it('never holds more than its places and never leaves one empty while somebody waits', () => {
    const steps = fc.array(fc.oneof(fc.constant('come'), fc.nat({ max: 30 })), { maxLength: 60 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), steps, (places, all) => {
        const gate = new ReceivingGate(places);
        const inside = new Set<number>();
        const leaves: (() => void)[] = [];
        const present = new Set<number>();
        for (const step of all) {
          if (step === 'come') {
            const who = leaves.length;
            present.add(who);
            leaves.push(gate.pass(() => inside.add(who)));
          } else if (leaves[step as number]) {
            inside.delete(step as number);
            present.delete(step as number);
            leaves[step as number]!();
          }
          expect(inside.size).toBe(Math.min(places, present.size));
        }
      }),
    );
  });
});
