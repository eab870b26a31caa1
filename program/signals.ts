/**
 * The request to stop: SIGTERM or SIGINT, once. A second signal while the program is already stopping changes
 * nothing.
 *
 * @returns a signal that is aborted when one of the two comes
 */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => controller.abort(name));
  }
  return controller.signal;
}
