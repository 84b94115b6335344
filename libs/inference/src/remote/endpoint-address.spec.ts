import { parseEndpoint } from './endpoint-address';
import { InvalidRemoteModelError } from './remote.errors';

describe('parseEndpoint', () => {
  it.each([
    ['http://one', 'http', false, 'one', 8000, ''],
    ['http://one:80/', 'http', false, 'one', 80, ''],
    ['http://one:8080/models/v2/', 'http', false, 'one', 8080, '/models'],
    ['https://one', 'http', true, 'one', 443, ''],
    ['https://one:80', 'http', true, 'one', 80, ''],
    ['grpc://one', 'grpc', false, 'one', 8001, ''],
    ['grpc://[::1]:9000', 'grpc', false, '[::1]', 9000, ''],
    ['grpcs://one.example', 'grpc', true, 'one.example', 443, ''],
  ])('reads %s', (text, protocol, secure, host, port, basePath) => {
    expect(parseEndpoint(text)).toMatchObject({ protocol, secure, host, port, basePath });
  });

  it.each([
    'one:8000',
    'ftp://one',
    'http:///path',
    'http://',
    'grpc://one/path',
    'http://one?x',
    'http://one:99999',
    '',
  ])('refuses "%s"', (text) => expect(() => parseEndpoint(text)).toThrow(InvalidRemoteModelError));

  it('refuses credentials without repeating them', () => {
    for (const text of ['http://me:secret@one', 'ftp://me:secret@one', 'http://me:secret@']) {
      expect(() => parseEndpoint(text)).toThrow(InvalidRemoteModelError);
      expect(() => parseEndpoint(text)).not.toThrow(/secret/);
    }
  });
});
