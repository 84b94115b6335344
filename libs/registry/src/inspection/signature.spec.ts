import { generateKeyPairSync, KeyObject, sign } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSigningKeys } from './folder.signing-keys';
import { checkSignature, signedMessage, signingKeyOf, SigningKeysError } from './signature';

const digest = 'ab'.repeat(32);
const pair = () => generateKeyPairSync('ed25519');
const pemOf = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }) as string;
const signatureBy = (key: KeyObject, sha256 = digest) =>
  sign(null, signedMessage(sha256), key).toString('base64');

describe('checkSignature', () => {
  const release = pair();
  const night = pair();
  const keys = [
    signingKeyOf('night', pemOf(night.publicKey)),
    signingKeyOf('release', pemOf(release.publicKey)),
  ];

  it('names the key that signed', () => {
    expect(checkSignature(digest, `${signatureBy(release.privateKey)}\n`, keys)).toEqual({
      key: { id: keys[1].id, name: 'release' },
    });
    expect(keys[1].id).toMatch(/^[0-9a-f]{16}$/);
  });

  it('signs a text that any tool can write', () => {
    expect(signedMessage(digest).toString()).toBe(`thorax-model sha256:${digest}`);
  });

  it.each([
    ['no signature', undefined, 'SIGNATURE_MISSING'],
    ['an empty one', '', 'SIGNATURE_WRONG'],
    ['something else', 'signed, honestly', 'SIGNATURE_WRONG'],
    ['one of another file', signatureBy(release.privateKey, 'cd'.repeat(32)), 'SIGNATURE_WRONG'],
    ['one by a stranger', signatureBy(pair().privateKey), 'SIGNATURE_WRONG'],
    ['the right one with a bit turned', signatureBy(release.privateKey).replace(/^./, (c) => (c === 'A' ? 'B' : 'A')), 'SIGNATURE_WRONG'],
  ])('refuses %s', (_, signature, code) => {
    expect(checkSignature(digest, signature, keys)).toMatchObject({ problem: { code } });
  }); // prettier-ignore

  it('believes no key where there is none', () => {
    expect(checkSignature(digest, signatureBy(release.privateKey), [])).toHaveProperty('problem');
  });
});

describe('readSigningKeys', () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'thorax-keys-'))));
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const { publicKey, privateKey } = pair();

  it('reads the keys of a folder by name, and no other files', async () => {
    await writeFile(join(folder, 'release.pem'), pemOf(publicKey));
    await writeFile(join(folder, 'README'), 'keys');
    expect(await readSigningKeys(folder)).toMatchObject([{ name: 'release' }]);
  });

  it.each([
    ['a private key', privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, /belongs elsewhere/],
    ['an RSA key', pemOf(generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey), /no Ed25519/],
    ['no key', 'hello', /no key in PEM/],
    ['a huge file', 'x'.repeat(20_000), /too large/],
  ])('refuses a folder with %s in it', async (_, content, reason) => {
    await writeFile(join(folder, 'release.pem'), pemOf(publicKey));
    await writeFile(join(folder, 'z.pem'), content);
    await expect(readSigningKeys(folder)).rejects.toThrow(reason);
  });

  it('refuses a folder without keys, and one that is not there: nothing would be checked', async () => {
    await expect(readSigningKeys(folder)).rejects.toThrow(/found 0/);
    await expect(readSigningKeys(join(folder, 'none'))).rejects.toBeInstanceOf(SigningKeysError);
  });
});
