import { AdmissionSituation, refusalOf } from './admission';
import { ServiceTime } from './service-time';

const situation = (overrides: Partial<AdmissionSituation> = {}): AdmissionSituation => ({
  bytes: 10,
  heldBytes: 0,
  maxHeldBytes: 100,
  queued: 3,
  perRequestMs: 1000,
  workers: 2,
  deadlineMs: undefined,
  predictedMs: undefined,
  ...overrides,
});

describe('refusalOf', () => {
  it.each<[string, Partial<AdmissionSituation>]>([
    ['that fits', { heldBytes: 90 }],
    ['that is alone, however large', { bytes: 1000 }],
    ['that will be in time', { deadlineMs: 500, predictedMs: 500 }],
    ['of which nobody knows better', { deadlineMs: 1 }],
    ['that has all the time', { predictedMs: 1e9 }],
  ])('accepts a request %s', (_, overrides) => {
    expect(refusalOf(situation(overrides))).toBeUndefined();
  });

  it('refuses what does not fit beside others', () => {
    expect(refusalOf(situation({ heldBytes: 91 }))).toMatchObject({
      code: 'INFERENCE_QUEUE_FULL',
      details: { limit: '100 bytes of images', retryAfterSeconds: 3 },
    });
  });

  it.each([
    [500, 3600.2, 4],
    [0, undefined, 1],
    [-5, undefined, 1],
  ])(
    'refuses a deadline of %p ms with an answer after %p, to return in %i s',
    (deadlineMs, predictedMs, seconds) => {
      expect(refusalOf(situation({ deadlineMs, predictedMs }))).toMatchObject({
        code: 'DEADLINE_UNREACHABLE',
        kind: 'overloaded',
        retryAfterSeconds: seconds,
      });
    },
  );
});

describe('ServiceTime', () => {
  it('predicts nothing before anything was measured', () => {
    expect(new ServiceTime().predict({ ahead: 0, running: 0, lanes: 2 })).toBeUndefined();
  });

  it.each([
    ['nobody is there', { ahead: 0, running: 0, lanes: 2 }, 100],
    ['a worker is free', { ahead: 0, running: 1, lanes: 2 }, 100],
    ['both workers are halfway', { ahead: 0, running: 2, lanes: 2 }, 150],
    ['ten wait for two workers', { ahead: 10, running: 2, lanes: 2 }, 650],
    ['workers hold a second request', { ahead: 0, running: 4, lanes: 2 }, 250],
    ['there is no worker for the moment', { ahead: 1, running: 0, lanes: 0 }, 200],
  ])('expects the answer, when %s, in %j: %i ms', (_, backlog, expected) => {
    const time = new ServiceTime();
    time.observe(1, 100);
    expect(time.predict(backlog)).toBe(expected);
  });

  it('knows that a batch takes longer than a request, and many go through', () => {
    const time = new ServiceTime();
    time.observe(8, 80);
    expect(time.perRequestMs).toBe(10);
    expect(time.predict({ ahead: 16, running: 0, lanes: 1 })).toBe(80 + 15 * 10);
  });

  it('follows slowly', () => {
    const time = new ServiceTime();
    time.observe(1, 100);
    time.observe(1, 200);
    expect(time.perRequestMs).toBe(110);
  });
});
