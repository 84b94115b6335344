import fc from 'fast-check';
import { OrderedRelease } from './ordered-release';

describe('OrderedRelease', () => {
  it('lets answers out in the order of acceptance, and none behind one that is given up', () => {
    fc.assert(
      fc.property(
        fc
          .integer({ min: 0, max: 12 })
          .chain((count) =>
            fc.tuple(
              fc.shuffledSubarray([...Array(count).keys()], { minLength: count }),
              fc.array(fc.boolean(), { minLength: count, maxLength: count }),
            ),
          ),
        ([completion, givenUp]) => {
          const order = new OrderedRelease();
          const out: number[] = [];
          for (let id = 0; id < completion.length; id++) order.accept(id);
          for (const id of completion) {
            if (givenUp[id]) order.giveUp(id);
            else order.complete(id, () => out.push(id));
          }
          expect(out).toEqual([...Array(completion.length).keys()].filter((id) => !givenUp[id]));
          expect(order.size).toBe(0);
        },
      ),
    );
  });

  it('holds an answer only while an earlier one is missing', () => {
    const order = new OrderedRelease();
    const out: number[] = [];
    [1, 2].forEach((id) => order.accept(id));
    order.complete(2, () => out.push(2));
    expect(out).toEqual([]);
    order.complete(1, () => out.push(1));
    expect(out).toEqual([1, 2]);
  });
});
