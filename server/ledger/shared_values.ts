/** A few small values that the servers of one lottery share, beside the ledger and as durable as a batch in it. */

/** How long a name and a value may be. */
export const MAX_VALUE_NAME_BYTES = 64;
export const MAX_VALUE_BYTES = 64 * 1024;

/** The values, where they are kept. A name is of small letters, digits and hyphens. */
export interface SharedValues {
  /**
   * What is kept under a name now.
   *
   * @returns `undefined` for nothing
   * @throws LedgerUnavailable when it cannot be read now
   */
  read(name: string): Promise<Buffer | undefined>;
  /**
   * Keeps a value under a name, if what is kept there is what the caller knows.
   *
   * @param known what is kept there; `undefined` for nothing
   * @returns whether it was, so that `value` is kept there now, durably
   * @throws LedgerUnavailable when that is not known: it may be kept, and the caller reads again
   */
  replace(name: string, known: Buffer | undefined, value: Buffer): Promise<boolean>;
  close(): Promise<void>;
}

const VALUE_NAME = new RegExp(`^[a-z0-9-]{1,${MAX_VALUE_NAME_BYTES}}$`);

/** Makes sure that values can be kept under a name. @throws RangeError when it is no such name */
export function requireValueName(name: string): void {
  if (!VALUE_NAME.test(name)) throw new RangeError(`no name of a shared value: ${JSON.stringify(name)}`);
}

/** Makes sure that a value can be kept. @throws RangeError when it is too long */
export function requireValueSize(value: Buffer): void {
  if (value.length <= MAX_VALUE_BYTES) return;
  throw new RangeError(`a shared value has at most ${MAX_VALUE_BYTES} bytes, and not ${value.length}`);
}
