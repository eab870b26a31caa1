/** Where doors listen and whom they let in, of the settings. */
import { ALL_ADDRESSES, ServerConfiguration } from './config';

/** The address as a socket takes it. @returns `undefined` for all */
export function listenAddressOf(address: string): string | undefined {
  return address === ALL_ADDRESSES ? undefined : address;
}

/** Who may connect, of a setting; `undefined` for everybody. */
export function allowedBy(
  list: ServerConfiguration['SERVER_ALLOW'],
): ((address: string) => boolean) | undefined {
  return list === undefined ? undefined : (address) => list.has(address);
}
