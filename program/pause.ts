import type { Clock } from './clock';

/** Resolves after this long, or when the signal is aborted, at once where it is. Nothing is left behind on either. */
export async function pause(clock: Clock, durationMs: number, stop: AbortSignal): Promise<void> {
  if (stop.aborted) return;
  await new Promise<void>((resolve) => {
    const end = (): void => {
      cancel();
      stop.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.after(durationMs, end);
    stop.addEventListener('abort', end, { once: true });
  });
}
