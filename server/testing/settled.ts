/**
 * Waits until everything that is ready has run: promises, `process.nextTick` and `setImmediate`. For tests of code
 * that waits for nothing outside itself.
 */
export async function settled(): Promise<void> {
  for (let round = 0; round < 3; round++) await new Promise((resolve) => setImmediate(resolve));
}

/** Whether a promise is still open once everything that is ready has run. */
export async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let isOpen = true;
  const close = (): void => void (isOpen = false);
  promise.then(close, close);
  await settled();
  return isOpen;
}
