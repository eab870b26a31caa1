/** A mistake in the settings or on the command line: the program ends with one line and exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What the server says is not what the control counts: nothing is cosigned any more. It names no person and no bet. */
export class Difference extends Error {
  override readonly name = 'Difference';
}

/** The server could not be asked, or gave no whole answer; asking again may help. */
export class FeedFailed extends Error {
  override readonly name = 'FeedFailed';
}

/** What the control keeps could not be read or written: it ends, since it must not forget what it has cosigned. */
export class StorageFailed extends Error {
  override readonly name = 'StorageFailed';
}

/** What an error says, on one line. */
export function oneLine(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text.replace(/\s*[\r\n]+\s*/g, ' ');
}

/** A difference between what the server says and what was counted, in words: what, where, and both values. */
export function differs(what: string, said: string | number, counted: string | number): Difference {
  return new Difference(`${what}: the server says ${said}, the control counts ${counted}`);
}
