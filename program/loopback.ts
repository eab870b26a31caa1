/** What is reached on this machine alone, as far as its name or address says so. */

const LOOPBACK_ADDRESS = /^(localhost|127(\.[0-9]{1,3}){3}|::1)$/i;

/** Whether only this machine can reach a door that listens on this address. */
export function isLoopbackAddress(address: string): boolean {
  return LOOPBACK_ADDRESS.test(address);
}

/**
 * Whether what is sent to a host stays on this machine: a loopback address, `localhost`, or the folder of a Unix socket.
 *
 * @param host a name, an address, or a path that begins with `/`
 */
export function isThisMachine(host: string): boolean {
  return host.startsWith('/') || isLoopbackAddress(host);
}
