import { decodePageToken, encodePageToken, InvalidParameterError, Page } from '@thorax/registry';
import { RequestFields } from './request.fields';

/** A page of a particular listing: its token fits no other. */
export interface RequestedPage extends Page {
  readonly listing: unknown;
}

/**
 * The page that `max_results` and `page_token` ask for.
 *
 * @param listing whatever else decides what is listed and in which order
 * @throws InvalidParameterError
 */
export function pageOf(
  fields: RequestFields,
  size: { readonly default: number; readonly most: number },
  listing: unknown,
): RequestedPage {
  const limit = fields.optionalInteger('max_results') ?? size.default;
  if (limit < 1 || limit > size.most) {
    throw new InvalidParameterError(
      `Invalid value ${limit} for parameter 'max_results' supplied: it must be at least 1 and at most ${size.most}.`,
    );
  }
  const token = fields.optionalText('page_token');
  return { limit, offset: token ? decodePageToken(token, listing) : 0, listing };
}

/** The field that leads to the page after this one, if there is one. */
export function pageTokenAfter({ offset, limit, listing }: RequestedPage, more: boolean): object {
  return more ? { next_page_token: encodePageToken(offset + limit, listing) } : {};
}
