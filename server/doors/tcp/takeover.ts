/**
 * Which connection may send an agency's batches, among those that asked where it stands (PROTOCOL.md, R22).
 *
 * An agency that is started again asks, and goes on behind what is stored. Batches that its predecessor left in
 * the network must not slip in behind that answer, so the connection that asked last and has sent a batch bars
 * those that asked before it. Connections that never asked are left alone.
 */
export class Takeover {
  readonly #latestSender = new Map<number, number>();
  #asks = 0;

  /** Numbers an ASK: a later one has the higher number. */
  nextAsk(): number {
    return ++this.#asks;
  }

  /**
   * Called for each batch of a connection that has asked.
   *
   * @param ask the number of the connection's ASK for this agency
   * @returns false when a connection that asked later has sent a batch already
   */
  maySend(agency: number, ask: number): boolean {
    const latest = this.#latestSender.get(agency) ?? 0;
    if (ask < latest) return false;
    this.#latestSender.set(agency, ask);
    return true;
  }
}
