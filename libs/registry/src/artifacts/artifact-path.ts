import { InvalidParameterError, quoted } from '../errors';

const maxLength = 1_024;
const maxSegmentLength = 255;

/**
 * The path of an artifact as it is kept: segments between single slashes, none of them `.` or `..`. A path
 * never becomes the path of a file here; the rules keep it harmless where clients make files of it.
 *
 * @param path with or without a slash at its end
 * @throws InvalidParameterError
 */
export function artifactPathOf(path: string): string {
  const trimmed = path.endsWith('/') ? path.slice(0, -1) : path;
  const segments = trimmed.split('/');
  if (trimmed.length <= maxLength && segments.every(isSegment)) return trimmed;
  throw new InvalidParameterError(
    `Invalid artifact path ${quoted(path)}: expected segments between single slashes, none of them empty, "." or ` +
      `"..", without backslashes, colons at a drive letter and control characters, ${maxLength} characters at most.`,
    'Name the artifact by a relative path.',
  );
}

function isSegment(segment: string): boolean {
  if (segment === '' || segment === '.' || segment === '..') return false;
  return segment.length <= maxSegmentLength && !/[\\\u0000-\u001f\u007f]|^[a-z]:$/i.test(segment);
}

/** The folders that a path lies in, outermost first: `a/b/c` lies in `a` and `a/b`. */
export function foldersOf(path: string): string[] {
  const segments = path.split('/').slice(0, -1);
  return segments.map((_, index) => segments.slice(0, index + 1).join('/'));
}

/**
 * Where a URI points in this installation's artifacts, or null where it points elsewhere.
 * @throws InvalidParameterError
 */
export function ownArtifactPath(uri: string): string | null {
  const [, path] = /^mlflow-artifacts:(?:\/\/[^/]*)?\/+(.*)$/i.exec(uri) ?? [];
  return path === undefined ? null : artifactPathOf(path.replace(/\/+$/, ''));
}
