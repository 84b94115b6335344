import fc from 'fast-check';
import { InvalidParameterError } from '../errors';
import { decodePageToken, encodePageToken } from './page-token';

const listing = { filter: "tags.a = 'b'", orderBy: ['name ASC'] };

describe('page tokens', () => {
  it('lead on from where they were given out', () => {
    fc.assert(
      fc.property(fc.nat(), (offset) => {
        expect(decodePageToken(encodePageToken(offset, listing), listing)).toBe(offset);
      }),
    );
  });

  it('fit no other filter or order', () => {
    const token = encodePageToken(10, listing);
    expect(() => decodePageToken(token, { ...listing, filter: '' })).toThrow(InvalidParameterError);
    expect(() => decodePageToken(token, { ...listing, orderBy: [] })).toThrow(InvalidParameterError);
  });

  it('are refused when nobody gave them out', () => {
    fc.assert(
      fc.property(fc.string(), (token) => {
        expect(() => decodePageToken(token, listing)).toThrow(InvalidParameterError);
      }),
    );
  });
});
