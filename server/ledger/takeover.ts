/**
 * Which ASK may send an agency's batches, for a ledger that one server has for itself (PROTOCOL.md, R22).
 *
 * An agency that is started again asks, and goes on after what is stored. Batches that its predecessor left in
 * the network must not slip in after that answer, so the connection that asked last and has sent a batch bars
 * those that asked before it. Connections that never asked are not affected.
 */
export class Takeover {
  readonly #latestSender = new Map<number, number>();

  /**
   * Called for each batch, in their order.
   *
   * @param ask the number of the ASK that the batch stands behind; `undefined` for none
   * @returns false when a batch after a later ASK for this agency has come already
   */
  maySend(agency: number, ask: number | undefined): boolean {
    if (ask === undefined) return true;
    const latest = this.#latestSender.get(agency) ?? 0;
    if (ask < latest) return false;
    this.#latestSender.set(agency, ask);
    return true;
  }
}
