import { isDatabaseOutOfReach } from './database-trouble';

const error = (message: string, properties: object = {}) => Object.assign(new Error(message), properties);

describe('isDatabaseOutOfReach', () => {
  it.each([
    ['a refused connection', error('connect', { code: 'ECONNREFUSED', syscall: 'connect' })],
    ['a socket that is gone', error('connect', { code: 'ENOENT', syscall: 'connect' })],
    ['a server that was stopped', error('terminating connection', { code: '57P01' })],
    ['a server that starts', error('the database system is starting up', { code: '57P03' })],
    ['a lost connection', error('Connection terminated unexpectedly')],
    [
      'any of them inside a failed query',
      error('query failed', { driverError: error('x', { code: '08006' }) }),
    ],
  ])('is true for %s', (_, given) => {
    expect(isDatabaseOutOfReach(given)).toBe(true);
  });

  it.each([
    [
      'a broken constraint',
      error('duplicate key', { driverError: error('duplicate key', { code: '23505' }) }),
    ],
    ['a file that is not there', error('open', { code: 'ENOENT', syscall: 'open' })],
    ['no error', undefined],
  ])('is false for %s', (_, given) => {
    expect(isDatabaseOutOfReach(given)).toBe(false);
  });
});
