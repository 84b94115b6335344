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

    describe('with streams', () => {
      async function* chunksOf(text: string, count: number): AsyncIterable<Uint8Array> {
        for (let index = 0; index < count; index++) yield bytes(text);
      }
      const textOf = async (key: string) => {
        const chunks: Buffer[] = [];
        for await (const chunk of await store.getStream(key)) chunks.push(chunk as Buffer);
        return Buffer.concat(chunks).toString();
      };

      it('stores what a stream yields and says how many bytes that were', async () => {
        expect(await store.putStream('models/one', chunksOf('film', 2_000))).toBe(8_000);
        expect(await textOf('models/one')).toBe('film'.repeat(2_000));
        expect(Buffer.from(await store.get('models/one')).toString()).toBe('film'.repeat(2_000));
      });

      it('stores an empty stream as an empty object', async () => {
        expect(await store.putStream('models/empty', chunksOf('', 0))).toBe(0);
        expect(await textOf('models/empty')).toBe('');
      });

      it('stores nothing of a stream that breaks, and leaves what was there', async () => {
        async function* broken(): AsyncIterable<Uint8Array> {
          yield bytes('half of it');
          throw new Error('the sender left');
        }
        await expect(store.putStream('models/new', broken())).rejects.toThrow('the sender left');
        expect(await store.exists('models/new')).toBe(false);
        await store.put('models/old', bytes('whole'));
        await expect(store.putStream('models/old', broken())).rejects.toThrow('the sender left');
        expect(await textOf('models/old')).toBe('whole');
      });

      it('shows the object that it was opened on, replaced meanwhile', async () => {
        await store.put('models/one', bytes('first'));
        const stream = await store.getStream('models/one');
        await store.put('models/one', bytes('second'));
        const chunks: Buffer[] = [];
        for await (const chunk of stream) chunks.push(chunk as Buffer);
        expect(Buffer.concat(chunks).toString()).toBe('first');
      });

      it('says before the first byte that an object is not there', async () => {
        await expect(store.getStream('models/none')).rejects.toBeInstanceOf(ObjectNotFoundError);
      });

      it('refuses keys that are none', async () => {
        await expect(store.putStream('../outside', chunksOf('film', 1))).rejects.toBeInstanceOf(
          InvalidObjectKeyError,
        );
        await expect(store.getStream('../outside')).rejects.toBeInstanceOf(InvalidObjectKeyError);
      });
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

    it.each([
      ['', ['a/b/one', 'a/bc', 'd']],
      ['a', ['a/b/one', 'a/bc']],
      ['a/b', ['a/b/one', 'a/bc']],
      ['a/b/', ['a/b/one']],
      ['a/none/', []],
      ['../', []],
    ])('lists keys that begin with %p', async (prefix, expected) => {
      for (const key of ['a/b/one', 'a/bc', 'd']) await store.put(key, bytes('1'));
      const listed: string[] = [];
      for await (const { key } of store.list(prefix)) listed.push(key);
      expect(listed.sort()).toEqual(expected);
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
