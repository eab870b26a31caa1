/** What a list of addresses over HTTP may be written as. */
export const HTTP_ADDRESSES_FORM =
  '1 to 8 addresses such as https://api.drand.sh, separated by commas, without user, password, query and fragment';

const MAX_ADDRESSES = 8;

/** Reads a list in the {@link HTTP_ADDRESSES_FORM}, each without a `/` at its end; `undefined` when it is none. */
export function parseHttpAddresses(text: string): readonly string[] | undefined {
  const addresses = text.split(',').map((word) => plainAddress(word.trim()));
  if (addresses.length > MAX_ADDRESSES) return undefined;
  return addresses.every((address) => address !== undefined) ? addresses : undefined;
}

function plainAddress(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, username, password, search, hash, href } = new URL(text);
  if (!/^https?:$/.test(protocol) || `${username}${password}${search}${hash}` !== '') return undefined;
  return href.replace(/\/+$/, '');
}
