import type { Clock } from './clock';

/**
 * Does work that another program may never finish: its signal is aborted when the time is over, or nobody waits any more.
 *
 * @param durationMs the longest that it may take
 * @param stop aborted when the result is of no use any more
 * @throws Error `no whole answer within N s`, or `stopped`; before that, what the work throws
 */
export async function within<Result>(
  clock: Clock,
  durationMs: number,
  stop: AbortSignal,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const end = new AbortController();
  const abort = (): void => end.abort(new Error('stopped'));
  const cancel = clock.after(durationMs, () =>
    end.abort(new Error(`no whole answer within ${durationMs / 1_000} s`)),
  );
  stop.addEventListener('abort', abort, { once: true });
  try {
    if (stop.aborted) abort();
    return await work(end.signal);
  } catch (error) {
    // What was aborted tells of that in its own words.
    throw end.signal.aborted ? end.signal.reason : error;
  } finally {
    cancel();
    stop.removeEventListener('abort', abort);
  }
}
