import * as fc from 'fast-check';
import { ProtocolError } from '../open-inference/protocol.error';
import { readLoadConfig } from './load-parameters';
import { versionsMeant } from './version.policy';

const read = (config: object) => readLoadConfig('chest', JSON.stringify(config));

describe('the configuration in a load request', () => {
  it('honours instances, batching and versions as Triton writes them', () => {
    expect(
      read({
        name: 'chest',
        backend: 'onnxruntime',
        max_batch_size: 8,
        instance_group: [{ count: 2, kind: 'KIND_CPU' }, { kind: 'KIND_CPU' }],
        dynamic_batching: { preferred_batch_size: [8, 4, 4], max_queue_delay_microseconds: 100 },
        version_policy: { specific: { versions: [1, '3'] } },
      }),
    ).toEqual({
      overrides: {
        instances: { workers: 3, gpu: false },
        serving: { maxBatchSize: 8, preferredBatchSizes: [4, 8], maxQueueDelayMicroseconds: 100 },
      },
      versions: { kind: 'specific', versions: ['1', '3'] },
    });
  });

  it('changes nothing when it is empty', () => {
    expect(read({})).toEqual({ overrides: { serving: {} } });
  });

  it.each<[string, object, string, RegExp]>([
    ['what is not supported', { optimization: {} }, 'unsupported', /'optimization' .* not supported/],
    [
      'batching that is not supported',
      { dynamic_batching: { preserve_ordering: true } },
      'unsupported',
      /preserve_ordering/,
    ],
    ['another name', { name: 'abdomen' }, 'invalid-argument', /name must be "chest"/],
    ['another backend', { backend: 'python' }, 'invalid-argument', /backend/],
    ['no instances', { instance_group: [{ count: 0 }] }, 'invalid-argument', /instance_group.0.count/],
    ['an odd kind', { instance_group: [{ kind: 'KIND_MODEL' }] }, 'invalid-argument', /kind/],
    ['too large a batch', { max_batch_size: 5000 }, 'invalid-argument', /max_batch_size/],
    ['two policies', { version_policy: { all: {}, latest: {} } }, 'invalid-argument', /version_policy/],
    ['no versions', { version_policy: { specific: { versions: [] } } }, 'invalid-argument', /versions/],
  ])('refuses %s', (_, config, kind, message) => {
    expect(() => read(config)).toThrow(ProtocolError);
    expect(() => read(config)).toThrow(
      expect.objectContaining({ kind, message: expect.stringMatching(message) }),
    );
  });

  it('answers any text with a wish or with an error of the protocol', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), fc.anything()), (text) => {
        try {
          expect(readLoadConfig('chest', text).overrides).toBeDefined();
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
    );
  });
});

describe('a version policy', () => {
  const available = ['10', '2', '9'];
  it.each([
    [{ kind: 'latest', count: 1 }, ['10']],
    [{ kind: 'latest', count: 2 }, ['9', '10']],
    [{ kind: 'all' }, ['2', '9', '10']],
    [{ kind: 'specific', versions: ['9', '2', '7'] }, ['2', '9']],
  ] as const)('%j means %j', (policy, versions) => {
    expect(versionsMeant(policy, available)).toEqual(versions);
  });
});
