import { InvalidParameterError } from '../errors';
import { assertAlias, assertModelName, assertModelSource, versionNumberOf } from './model.rules';

describe('assertModelName', () => {
  it.each(['detector', 'chest detector', 'a.b', '...'])('takes %p', (name) =>
    expect(() => assertModelName(name)).not.toThrow(),
  );
  it.each(['', ' ', '.', '..', 'a/b', 'a:b', 'a\\b', 'x'.repeat(257)])('refuses %p', (name) =>
    expect(() => assertModelName(name)).toThrow(InvalidParameterError),
  );
});

describe('assertAlias', () => {
  it.each(['champion', 'v', 'v1x', 'latest-good', '1'])('takes %p', (alias) =>
    expect(() => assertAlias(alias)).not.toThrow(),
  );
  it.each(['latest', 'LATEST', 'v1', 'V22', '', 'a b', 'a/b', 'x'.repeat(256)])('refuses %p', (alias) =>
    expect(() => assertAlias(alias)).toThrow(InvalidParameterError),
  );
});

describe('assertModelSource', () => {
  it.each(['runs:/a/model', 'models:/m-1', 'mlflow-artifacts:/1/a', 's3://bucket/..model'])('takes %p', (uri) =>
    expect(() => assertModelSource(uri)).not.toThrow(),
  );
  it.each(['/etc/passwd', 'model', 'file:///x', 'FILE:x', 'C:\\x', 's3://b/../c', 's3://b/%2e%2e/c', 'runs:/a/..'])(
    'refuses %p',
    (uri) => expect(() => assertModelSource(uri)).toThrow(InvalidParameterError),
  );
});

describe('versionNumberOf', () => {
  it('reads a number', () => expect(versionNumberOf('12')).toBe(12));
  it.each(['0', '-1', '1.5', 'one', '', '1e3', '9999999999'])('refuses %p', (version) =>
    expect(() => versionNumberOf(version)).toThrow(InvalidParameterError),
  );
});
