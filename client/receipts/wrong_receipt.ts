/** A receipt does not prove what it should, or contradicts another one. The message says why, without who is to blame. */
export class WrongReceipt extends Error {
  override readonly name = 'WrongReceipt';
  /** The receipt that it contradicts, if there is one. */
  readonly contradicted: Buffer | undefined;

  constructor(reason: string, contradicted?: Buffer) {
    super(reason);
    this.contradicted = contradicted;
  }
}
