/**
 * The request to stop: SIGTERM or SIGINT. A second signal while the program is already stopping changes nothing.
 *
 * The handlers are installed when this module is loaded, so a program imports it first: until then a signal ends the
 * process with the signal's own exit code or, for process 1 of a container, is lost.
 */
const controller = new AbortController();
for (const name of ['SIGTERM', 'SIGINT'] as const) {
  process.on(name, () => controller.abort(name));
}

/** A signal that is aborted when the program is asked to stop; its reason is the signal's name. */
export function stopSignal(): AbortSignal {
  return controller.signal;
}

/**
 * Calls `call` with each SIGHUP from now on: the request to read again what may have changed. Until then, and in a program
 * that does not ask for it, SIGHUP ends the process.
 */
export function onHangUp(call: () => void): void {
  process.on('SIGHUP', call);
}
