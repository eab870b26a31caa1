const LOOPBACK_ADDRESS = /^(localhost|127(\.[0-9]{1,3}){3}|::1)$/i;

/** Whether only this machine can reach a door that listens on this address. */
export function isLoopbackAddress(address: string): boolean {
  return LOOPBACK_ADDRESS.test(address);
}
