import { InvalidObjectKeyError, ObjectNotFoundError, ObjectStore } from '../object-store/object-store';

/** What every {@link ObjectStore} adapter must do; call it inside the adapter's spec. */
export function describeObjectStore(name: string, open: () => Promise<ObjectStore>): void {
  const bytes = (text: string) => new TextEncoder().encode(text);

  describe(`${name} as an object store`, () => {
    let store: ObjectStore;
    beforeEach(async () => {
      store = await open();
    });

    it('returns what was put', async () => {
      await store.put('images/ab/abcd', bytes('film'));
      expect(Buffer.from(await store.get('images/ab/abcd')).toString()).toBe('film');
      expect(await store.exists('images/ab/abcd')).toBe(true);
    });

    it('replaces an object that is put again', async () => {
      await store.put('images/one', bytes('first'));
      await store.put('images/one', bytes('second'));
      expect(Buffer.from(await store.get('images/one')).toString()).toBe('second');
    });

    it('keeps whole objects when many writers put the same key at once', async () => {
      const contents = Array.from({ length: 8 }, (_, i) => String(i).repeat(200_000));
      await Promise.all(contents.map((content) => store.put('images/race', bytes(content))));
      expect(contents).toContain(Buffer.from(await store.get('images/race')).toString());
    });

    it('says that an object is not there', async () => {
      await expect(store.get('images/none')).rejects.toBeInstanceOf(ObjectNotFoundError);
      expect(await store.exists('images/none')).toBe(false);
    });

    it('deletes, and deletes again without complaint', async () => {
      await store.put('images/one', bytes('film'));
      await store.delete('images/one');
      await store.delete('images/one');
      expect(await store.exists('images/one')).toBe(false);
    });

    it('lists the keys under a prefix, with sizes', async () => {
      await store.put('images/a', bytes('1'));
      await store.put('images/b', bytes('22'));
      await store.put('models/c', bytes('333'));
      const listed = new Map<string, number>();
      for await (const { key, sizeBytes } of store.list('images/')) listed.set(key, sizeBytes);
      expect([...listed].sort()).toEqual([
        ['images/a', 1],
        ['images/b', 2],
      ]);
    });

    it.each(['../outside', '/absolute', 'a//b', 'a/../b', '.hidden', 'UPPER', '', 'a/', 'x'.repeat(513)])(
      'refuses the key %p',
      async (key) => {
        await expect(store.put(key, bytes('film'))).rejects.toBeInstanceOf(InvalidObjectKeyError);
      },
    );

    it('passes its own check', async () => {
      await expect(store.check()).resolves.toBeUndefined();
    });
  });
}
