import { availableParallelism } from 'node:os';
import { InvalidEnvironmentError, readEnv } from './env.reader';

describe('readEnv', () => {
  it('needs nothing: the defaults run on a fresh machine', () => {
    const env = readEnv({});
    expect(env).toMatchObject({
      HOST: '127.0.0.1',
      PORT: 3000,
      DEVICE: 'cpu',
      THORAX_ROLES: ['http', 'worker'],
    });
    expect(env.MAX_WORKERS).toBeGreaterThan(0);
    expect(env.DATABASE_URL).toBeUndefined();
  });

  it('reads numbers, lists and the names of the original system', () => {
    const env = readEnv({
      PORT: '8080',
      MAX_WORKERS: '3',
      BATCH_SIZE: '8',
      DEVICE: 'cuda',
      THORAX_ROLES: 'http',
    });
    expect(env).toMatchObject({
      PORT: 8080,
      MAX_WORKERS: 3,
      BATCH_SIZE: 8,
      DEVICE: 'cuda',
      THORAX_ROLES: ['http'],
    });
  });

  it('reads the servers of a remote model in their order, which then needs a name', () => {
    const MODEL_ENDPOINTS = 'grpc://one:8001, https://two/models';
    expect(readEnv({ MODEL_ENDPOINTS, MODEL_REMOTE_NAME: 'chest' }).MODEL_ENDPOINTS).toEqual([
      'grpc://one:8001',
      'https://two/models',
    ]);
    expect(() => readEnv({ MODEL_ENDPOINTS })).toThrow(/MODEL_REMOTE_NAME/);
  });

  it('takes an empty variable for one that is not set', () => {
    expect(readEnv({ PORT: '', DATABASE_URL: '' })).toMatchObject({ PORT: 3000 });
  });

  it('accepts a PostgreSQL URL with a host, a port and a password', () => {
    const url = 'postgresql://thorax:s3cret@db:5432/thorax';
    expect(readEnv({ DATABASE_URL: url }).DATABASE_URL).toBe(url);
  });

  it('takes from a profile what is not set by itself', () => {
    const edge = { MAX_WORKERS: 1, INFERENCE_QUEUE_LENGTH: 16, MODEL_RUN_MEMORY: 'return' };
    expect(readEnv({ INFERENCE_PROFILE: 'edge' })).toMatchObject(edge);
    const own = readEnv({ INFERENCE_PROFILE: 'edge', MAX_WORKERS: '2', MODEL_RUN_MEMORY: 'keep' });
    expect(own).toMatchObject({ MAX_WORKERS: 2, INFERENCE_QUEUE_LENGTH: 16, MODEL_RUN_MEMORY: 'keep' });
    expect(own.INTRA_OP_THREADS).toBeUndefined();
    expect(readEnv({ INFERENCE_PROFILE: 'latency' })).toMatchObject({
      MAX_WORKERS: 1,
      INTRA_OP_THREADS: availableParallelism(),
    });
  });

  it('reads which models are loaded at start', () => {
    expect(readEnv({}).MODEL_REPOSITORY_LOAD).toEqual(['none']);
    expect(readEnv({ MODEL_REPOSITORY_LOAD: 'chest, chest:2' }).MODEL_REPOSITORY_LOAD).toEqual([
      'chest',
      'chest:2',
    ]);
  });

  it.each([
    ['INFERENCE_PROFILE', 'fast'],
    ['MODEL_REPOSITORY_LOAD', '../etc'],
    ['OPEN_INFERENCE_UPLOADS', 'yes'],
    ['PORT', 'http'],
    ['PORT', '70000'],
    ['MAX_WORKERS', '0'],
    ['BATCH_SIZE', '1.5'],
    ['DEVICE', 'tpu'],
    ['DETECTOR_ISOLATION', 'hope'],
    ['THORAX_ROLES', 'http,cook'],
    ['DATABASE_URL', 'mysql://db/thorax'],
    ['REDIS_URL', 'http://redis'],
    ['LOG_LEVEL', 'loud'],
    ['RESULT_CACHE', 'disk'],
    ['RESULT_CACHE', 'redis'],
    ['RESULT_CACHE_BYTES', '0'],
    ['RESULT_CACHE_TTL_HOURS', '0'],
    ['OPEN_INFERENCE_PORT', '-1'],
    ['OPEN_INFERENCE_GRPC_PORT', '65536'],
    ['OPEN_INFERENCE_NON_FINITE', 'maybe'],
    ['OPEN_INFERENCE_MAX_BODY_BYTES', '64M'],
    ['MODEL_ENDPOINTS', 'host:8000'],
    ['MODEL_ENDPOINTS', 'http://one:8000,ftp://two'],
    ['MODEL_ENDPOINTS', 'http://user:secret@one:8000'],
    ['MODEL_REMOTE_TIMEOUT_MS', '0'],
    ['REGISTRY_GATES', 'maybe'],
  ])('refuses %s=%s, naming the variable', (name, value) => {
    expect(() => readEnv({ [name]: value })).toThrow(InvalidEnvironmentError);
    expect(() => readEnv({ [name]: value })).toThrow(new RegExp(name));
  });

  it('keeps results in memory, and in Redis where there is one and it is asked for', () => {
    expect(readEnv({}).RESULT_CACHE).toBe('memory');
    expect(() => readEnv({ RESULT_CACHE: 'redis' })).toThrow(/RESULT_CACHE: redis needs REDIS_URL/);
    const env = readEnv({ RESULT_CACHE: 'redis', REDIS_URL: 'redis://redis', RESULT_CACHE_TTL_HOURS: '0.5' });
    expect(env).toMatchObject({
      RESULT_CACHE: 'redis',
      RESULT_CACHE_BYTES: 67_108_864,
      RESULT_CACHE_TTL_HOURS: 0.5,
    });
  });

  it('names every variable that is wrong at once', () => {
    expect(() => readEnv({ PORT: 'x', DEVICE: 'y' })).toThrow(/PORT[\s\S]*DEVICE|DEVICE[\s\S]*PORT/);
  });
});
