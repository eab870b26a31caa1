/** What one address over HTTP may be written as. */
export const HTTP_URL_FORM = 'a URL of http or https without a password, such as http://127.0.0.1:8700';

/** What a list of addresses over HTTP may be written as. */
export const HTTP_ADDRESSES_FORM =
  '1 to 8 addresses such as https://api.drand.sh, separated by commas, without user, password, query and fragment';

const MAX_ADDRESSES = 8;

/** Reads a list in the {@link HTTP_ADDRESSES_FORM}, each without a `/` at its end; `undefined` when it is none. */
export function parseHttpAddresses(text: string): readonly string[] | undefined {
  const addresses = text.split(',').map((word) => parseHttpUrl(word.trim())?.href.replace(/\/+$/, ''));
  if (addresses.length > MAX_ADDRESSES) return undefined;
  return addresses.every((address) => address !== undefined) ? addresses : undefined;
}

/** Reads one address in the {@link HTTP_URL_FORM}, which has no query and no fragment either; `undefined` when it is none. */
export function parseHttpUrl(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const { protocol, username, password, search, hash } = url;
  return /^https?:$/.test(protocol) && `${username}${password}${search}${hash}` === '' ? url : undefined;
}
