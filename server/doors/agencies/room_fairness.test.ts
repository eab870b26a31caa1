import { HeldCall, HeldLedger } from '../../ledger/testing/held_ledger';
import { MAX_QUEUED_BYTES } from '../../lottery/lottery';
import { betBytes } from '../../testing/bets';
import { settled } from '../../testing/settled';
import { AgencyPeer, Bench, TERMS } from './testing/bench';

const BUSY_CONNECTIONS = 16;
/** What a batch counts in the ledger, and how many of them a socket delivers at a time. */
const BATCH_BYTES = 6_500;
const BATCHES_OF_A_CHUNK = 10;
const MAX_ROUNDS = 20;

/** Busy connections that have more batches to send than there is room for, and quiet ones. */
class Crowd {
  readonly #held = new HeldLedger(TERMS);
  readonly #bench: Bench;
  readonly #busy: AgencyPeer[];
  readonly #sent = new Map<AgencyPeer, number>();

  constructor() {
    Object.defineProperty(this.#held, 'queuedBytes', { get: () => this.#held.calls.length * BATCH_BYTES });
    this.#bench = new Bench(this.#held);
    this.#busy = Array.from({ length: BUSY_CONNECTIONS }, () => this.connect());
  }

  connect(): AgencyPeer {
    return this.#bench.connect();
  }

  /** The busy ones send as long as they are read. */
  async fill(): Promise<void> {
    for (let isRead = true; isRead;) {
      const read = this.#busy.filter(({ wire }) => !wire.isPaused);
      for (const peer of read) this.#sendChunk(peer);
      isRead = read.length > 0;
      await settled();
    }
    expect(this.#bench.lottery.hasRoom).toBe(false);
  }

  /** The ledger commits all that it has, tells that there is room, and answers. */
  async makeRoom(): Promise<void> {
    const committed: HeldCall[] = this.#held.calls.splice(0);
    this.#held.tellRoom();
    for (const call of committed) call.answer();
    await settled();
    await this.fill();
  }

  #sendChunk(peer: AgencyPeer): void {
    const sent = this.#sent.get(peer) ?? this.#busy.indexOf(peer) * 1_000_000;
    this.#sent.set(peer, sent + BATCHES_OF_A_CHUNK);
    peer.sendNow(...Array.from({ length: BATCHES_OF_A_CHUNK }, (_, index) => betBytes(1, sent + index + 1)));
  }
}

test('room holds far more than one connection sends at a time', () => {
  expect(MAX_QUEUED_BYTES).toBeGreaterThan(BUSY_CONNECTIONS * BATCHES_OF_A_CHUNK * BATCH_BYTES);
});

test('a quiet connection beside busy ones has its batch taken when room is made for the first time', async () => {
  const crowd = new Crowd();
  await crowd.fill();
  const quiet = crowd.connect();
  for (let batchId = 1; batchId <= 3; batchId++) {
    await quiet.send(betBytes(2, batchId));
    let rounds = 0;
    while (quiet.replies.length < batchId && rounds < MAX_ROUNDS) {
      await crowd.makeRoom();
      rounds++;
    }
    // Taken in the first one, and answered in the next.
    expect(rounds).toBeLessThanOrEqual(2);
  }
  expect(quiet.replies).toEqual(['ACK 2,1', 'ACK 2,2', 'ACK 2,3']);
});
