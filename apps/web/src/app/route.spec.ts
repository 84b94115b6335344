import { predictionIdFromHash, readingHash } from './route';

const id = '0b9d6a38-6f1a-4f1e-9a53-0f6f0d0c2b11';

it('finds its own addresses again', () => expect(predictionIdFromHash(readingHash(id))).toBe(id));

it.each(['', '#', '#/', '#/predictions/', '#/predictions/../../x', '#/predictions/a/b', `#/other/${id}`])(
  'sees no reading in "%s"',
  (hash) => expect(predictionIdFromHash(hash)).toBeNull(),
);
