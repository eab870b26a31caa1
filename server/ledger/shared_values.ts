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
