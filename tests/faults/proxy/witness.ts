/** What agencies and server have said to each other, as the relay between them saw it. */
import { EventEmitter } from 'node:events';

import { Watcher } from './relay';
import { Answered, ReplyReader, RequestReader, Said } from './wire_reader';

/** What a batch was sent or acknowledged as: how many bets, and their text. */
export interface SeenBatch {
  readonly bets: number;
  readonly text: string;
}

/** Keeps what was sent and what was promised, over all connections. */
export class Witness {
  /** Emits `has`, `bet` and `ack` with the agency, as they are seen on any connection. */
  readonly events = new EventEmitter().setMaxListeners(0);
  /** What contradicts the protocol. */
  readonly findings: string[] = [];
  readonly #sent = new Map<string, SeenBatch[]>();
  readonly #acknowledged = new Map<string, SeenBatch>();
  readonly #wins = new Map<number, string>();
  #acks = 0;
  #wonCount = 0;

  /** A watcher for one more connection. */
  watch(): ConnectionWitness {
    return new ConnectionWitness(this);
  }

  /** How many ACKs and WINs were seen, those that came again included. */
  get counts(): { readonly acks: number; readonly wins: number } {
    return { acks: this.#acks, wins: this.#wonCount };
  }

  /** Every batch that was acknowledged, by `agency/batch id`. */
  get acknowledged(): ReadonlyMap<string, SeenBatch> {
    return this.#acknowledged;
  }

  /** The payload of the WIN that each agency was told. */
  get wins(): ReadonlyMap<number, string> {
    return this.#wins;
  }

  /** Whether a batch was sent with this text. */
  wasSent(key: string, { bets, text }: SeenBatch): boolean {
    return this.#sent.get(key)?.some((batch) => batch.bets === bets && batch.text === text) === true;
  }

  noteSent(agency: number, batchId: number, batch: SeenBatch): void {
    const key = batchKey(agency, batchId);
    if (this.wasSent(key, batch)) return;
    this.#sent.set(key, [...(this.#sent.get(key) ?? []), batch]);
  }

  noteAck(agency: number, batchId: number, batch: SeenBatch): void {
    this.#acks++;
    const key = batchKey(agency, batchId);
    const before = this.#acknowledged.get(key);
    if (before !== undefined && before.text !== batch.text)
      this.find(`batch ${key} was acknowledged with two contents`);
    this.#acknowledged.set(key, batch);
    this.events.emit('ack', agency);
  }

  noteWin(agency: number, payload: string): void {
    this.#wonCount++;
    const before = this.#wins.get(agency);
    if (before !== undefined && before !== payload) this.find(`agency ${agency} got two different WINs`);
    this.#wins.set(agency, payload);
  }

  find(finding: string): void {
    this.findings.push(finding);
  }
}

/** How the witness names a batch. */
export function batchKey(agency: number, batchId: number): string {
  return `${agency}/${batchId}`;
}

/** Sees one connection, and matches each answer with the message that it answers: they come in their order. */
export class ConnectionWitness implements Watcher {
  readonly #witness: Witness;
  readonly #requests = new RequestReader();
  readonly #replies = new ReplyReader();
  /** Messages that have a reply to come; a FIN has its WIN, out of the order. */
  readonly #unanswered: Exclude<Said, { kind: 'FIN' }>[] = [];
  #finished: number | undefined;
  #agency: number | undefined;

  constructor(witness: Witness) {
    this.#witness = witness;
  }

  /** The agency that speaks on it, once it has. */
  get agency(): number | undefined {
    return this.#agency;
  }

  sent(bytes: Buffer): void {
    this.#guard(() => this.#requests.push(bytes).forEach((said) => this.#hear(said)));
  }

  replied(bytes: Buffer): void {
    this.#guard(() => this.#replies.push(bytes).forEach((answered) => this.#match(answered)));
  }

  #guard(read: () => void): void {
    try {
      read();
    } catch (error) {
      this.#witness.find(String(error));
    }
  }

  #hear(said: Said): void {
    this.#agency = said.agency;
    if (said.kind === 'FIN') {
      this.#finished = said.agency;
      return;
    }
    this.#unanswered.push(said);
    if (said.kind !== 'BET') return;
    this.#witness.noteSent(said.agency, said.batchId, said);
    this.#witness.events.emit('bet', said.agency);
  }

  #match(answered: Answered): void {
    if (answered.kind === 'WIN') {
      if (this.#finished === undefined) this.#witness.find('a WIN came without a FIN');
      else this.#witness.noteWin(this.#finished, answered.payload);
      return;
    }
    // What refuses a FIN, or a message that was never whole.
    if (answered.kind === 'ERR' && answered.batchId === 0) return;
    const said = this.#unanswered.shift();
    const isOfBatch = answered.kind === 'ACK' || answered.kind === 'ERR';
    const isBet = said?.kind === 'BET' && isOfBatch && said.batchId === answered.batchId;
    if (said?.kind === 'CHK' && answered.kind === 'CRC') return;
    if (said?.kind === 'RCP' && answered.kind === 'RCP') return;
    if (said?.kind === 'ASK' && answered.kind === 'HAS') this.#witness.events.emit('has', said.agency);
    else if (isBet && answered.kind === 'ACK' && answered.agency === said.agency) {
      this.#witness.noteAck(said.agency, said.batchId, said);
    } else if (!isBet || answered.kind === 'ACK') {
      this.#witness.find(`out of order: ${describe(said)} was answered with ${describe(answered)}`);
    }
  }
}

function describe(message: Said | Answered | undefined): string {
  if (message === undefined) return 'nothing';
  const agency = 'agency' in message ? ` agency ${message.agency}` : '';
  const batch = 'batchId' in message ? ` batch ${message.batchId}` : '';
  return `${message.kind}${agency}${batch}${message.kind === 'ERR' ? ` ${message.code}` : ''}`;
}
