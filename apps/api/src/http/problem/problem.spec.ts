import { ObjectNotFoundError } from '@thorax/platform';
import { ProjectionRefusedError, QueueFullError } from '@thorax/inference';
import { problemOf } from './problem';

describe('problemOf', () => {
  it('takes status, type and title from the code and the kind of an error', () => {
    expect(problemOf(new ObjectNotFoundError('images/one')).problem).toEqual({
      type: 'urn:thorax:problem:object-not-found',
      title: 'Object not found',
      status: 404,
      code: 'OBJECT_NOT_FOUND',
      detail: 'No object is stored under images/one.',
      remedy: expect.any(String),
    });
  });

  it('passes on when to come back to an overloaded service', () => {
    const answer = problemOf(new QueueFullError({ limit: '64 waiting requests', retryAfterSeconds: 7 }));
    expect(answer).toMatchObject({
      problem: { status: 503, code: 'INFERENCE_QUEUE_FULL' },
      retryAfterSeconds: 7,
    });
  });

  it('lists the reasons of a refusal', () => {
    const reasons = [{ code: 'VIEW_NOT_FRONTAL', message: 'ViewPosition is LL.' }];
    expect(problemOf(new ProjectionRefusedError({ reasons })).problem).toMatchObject({
      status: 422,
      reasons,
    });
  });

  it.each([new Error('secret: password is hunter2'), 'a string', null, undefined, { code: 'X' }])(
    'says nothing of what it does not know (%p)',
    (thrown) => {
      const { problem } = problemOf(thrown);
      expect(problem).toMatchObject({ status: 500, code: 'INTERNAL_ERROR' });
      expect(JSON.stringify(problem)).not.toContain('hunter2');
    },
  );
});
