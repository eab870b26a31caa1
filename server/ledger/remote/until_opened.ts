import { SYSTEM_CLOCK } from '../../../program/clock';
import { oneLine } from '../../../program/exit';
import { Pause, pauseMs } from './pause';

/** How often one and the same reason is told. */
const TELL_AGAIN_MS = 30_000;

/** How opening is waited for. */
export interface OpeningSettings {
  /** Aborted when the program is to stop: nothing is waited for any more. */
  readonly stop?: AbortSignal | undefined;
  /** Told for what the ledger waits before it can be opened, and for how long it has: at first, and from time to time. */
  readonly onWaiting?: ((reason: string, waitedMs: number) => void) | undefined;
}

/**
 * Tries to open until it succeeds, or fails for a reason that does not pass by itself. There is no other bound: the
 * operator is told, and what starts the program again after a failure would do no more than this.
 *
 * @param isPassing whether an error may be over with the next try
 * @throws whatever `open` raises that does not pass, or the reason of `stop`
 */
export async function untilOpened<Opened>(
  open: () => Promise<Opened>,
  isPassing: (error: unknown) => boolean,
  { stop, onWaiting }: OpeningSettings,
): Promise<Opened> {
  const startedMs = SYSTEM_CLOCK.nowMs();
  const pause = new Pause(SYSTEM_CLOCK);
  const end = (): void => pause.end();
  stop?.addEventListener('abort', end);
  let told = { reason: '', atMs: 0 };
  try {
    for (let attempt = 0; ; attempt++) {
      try {
        return await open();
      } catch (error) {
        stop?.throwIfAborted();
        if (!isPassing(error)) throw error;
        const [reason, nowMs] = [oneLine(error), SYSTEM_CLOCK.nowMs()];
        if (reason !== told.reason || nowMs - told.atMs >= TELL_AGAIN_MS) {
          told = { reason, atMs: nowMs };
          onWaiting?.(reason, nowMs - startedMs);
        }
      }
      await pause.take(pauseMs(attempt, Math.random));
      stop?.throwIfAborted();
    }
  } finally {
    stop?.removeEventListener('abort', end);
  }
}
