import fc from 'fast-check';
import { posix, win32 } from 'node:path';
import { InvalidParameterError } from '../errors';
import { artifactPathOf, foldersOf, ownArtifactPath } from './artifact-path';

describe('artifactPathOf', () => {
  it.each(['MLmodel', '1/abc/artifacts/weights/best model.onnx', 'a/Größe.png', 'a/...', 'a/b.', '%2e%2e/x'])(
    'takes %p',
    (path) => expect(artifactPathOf(path)).toBe(path),
  );

  it('takes a folder with a slash at its end', () => expect(artifactPathOf('a/b/')).toBe('a/b'));

  it.each([
    '',
    '/',
    '..',
    '../x',
    'a/../../x',
    'a/..',
    './a',
    'a//b',
    '/etc/passwd',
    'a\\..\\b',
    'C:/x',
    'a\0b',
    'a\nb',
    'x'.repeat(256),
    'x/'.repeat(513),
  ])('refuses %p', (path) => expect(() => artifactPathOf(path)).toThrow(InvalidParameterError));

  it('takes nothing that leaves its folder, on any system', () => {
    const hostile = fc.string({ unit: fc.constantFrom('a', '.', '/', '\\', ':', ' ', '%', '\0') });
    fc.assert(
      fc.property(hostile, (path) => {
        let taken: string;
        try {
          taken = artifactPathOf(path);
        } catch {
          return;
        }
        expect(posix.join('/root', taken)).toBe(`/root/${taken}`);
        expect(win32.join('Z:\\root', taken)).toBe(`Z:\\root\\${taken.replaceAll('/', '\\')}`);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('foldersOf', () => {
  it('names every folder above', () => {
    expect(foldersOf('a/b/c')).toEqual(['a', 'a/b']);
    expect(foldersOf('a')).toEqual([]);
  });
});

describe('ownArtifactPath', () => {
  it.each([
    ['mlflow-artifacts:/1/r/artifacts/model', '1/r/artifacts/model'],
    ['mlflow-artifacts://host:80/1/r/', '1/r'],
    ['s3://bucket/model', null],
    ['models:/m-1', null],
  ])('finds %p at %p', (uri, path) => expect(ownArtifactPath(uri)).toBe(path));

  it('refuses what would leave them', () => {
    expect(() => ownArtifactPath('mlflow-artifacts:/1/../2')).toThrow(InvalidParameterError);
  });
});
