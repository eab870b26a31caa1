/** How far an agency has come. */
export interface Progress {
  /** Bets of this agency that the server has stored. */
  readonly storedBets: number;
  /** Bets that its files hold; `undefined` until all of them were checked. */
  readonly totalBets?: number | undefined;
  /** Rows that cannot be sent. */
  readonly leftOutRows: number;
  /** How much of the files was read and checked, and all of it. */
  readonly readBytes: number;
  readonly fileBytes: number;
}

/** Shows how far the agency has come. */
export interface ProgressDisplay {
  /** Ends the display; the last state is shown. */
  close(): void;
}

/** A message to a parent process that has opened a channel: the progress, and at the end the winners. */
export type ProgressReport =
  | ({ readonly kind: 'progress' } & Progress)
  | { readonly kind: 'winners'; readonly documents: readonly string[]; readonly leftOutRows: number };

/** Sends a report to the parent process, if it has opened a channel. */
export function report(message: ProgressReport): void {
  // A parent that is gone is no reason to fail: the callback keeps the error from being thrown.
  if (process.connected) process.send?.(message, () => undefined);
}
