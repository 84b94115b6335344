import { isWorthRetrying, problemFromBody, ProblemError, problemOf, unreachable } from './problem';

describe('problemFromBody', () => {
  it('keeps the words of a problem document', () => {
    const problem = problemFromBody(422, {
      title: 'Not an image',
      detail: 'The file is text.',
      remedy: 'Send a JPEG, PNG or DICOM file.',
      code: 'IMAGE_FORMAT_UNKNOWN',
      status: 422,
    });
    expect(problem).toEqual({
      title: 'Not an image',
      detail: 'The file is text.',
      remedy: 'Send a JPEG, PNG or DICOM file.',
      code: 'IMAGE_FORMAT_UNKNOWN',
      status: 422,
    });
  });

  it('keeps the single reasons that have words', () => {
    const reasons = [{ code: 'LATERAL_VIEW', message: 'ViewPosition is LL.' }, { code: 'X' }, 'odd'];
    expect(problemFromBody(422, { title: 'Refused', reasons }).reasons).toEqual(['ViewPosition is LL.']);
    expect(problemFromBody(422, { title: 'Refused', reasons: [] })).not.toHaveProperty('reasons');
  });

  it.each([['<html>413</html>'], [undefined], [null], [{}], [{ title: '  ' }]])(
    'finds words for a body of %j',
    (body) => {
      expect(problemFromBody(413, body)).toMatchObject({ title: 'The file is too large', code: 'HTTP_413' });
    },
  );

  it('does not invent a remedy for a document without one', () => {
    expect(problemFromBody(503, { title: 'Model is being replaced' }).remedy).toBe('');
  });

  it('says the status where it knows nothing else', () => {
    expect(problemFromBody(418, undefined).detail).toContain('418');
  });
});

describe('problemOf', () => {
  it('unwraps its own error and calls everything else unreachable', () => {
    const problem = problemFromBody(404, undefined);
    expect(problemOf(new ProblemError(problem))).toBe(problem);
    expect(problemOf(new TypeError('x'))).toEqual(unreachable());
  });
});

describe('isWorthRetrying', () => {
  it('is for load and network, not for files', () => {
    expect(isWorthRetrying(unreachable())).toBe(true);
    expect(isWorthRetrying(problemFromBody(503, {}))).toBe(true);
    expect(isWorthRetrying(problemFromBody(422, {}))).toBe(false);
  });
});
