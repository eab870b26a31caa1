import { encodeAck } from '../../protocol/ack';
import { BetMessage } from '../../protocol/bet';
import { CheckedBatch, checkBatch } from '../../protocol/checked_batch';
import { encodeCrc } from '../../protocol/crc';
import { encodeErr } from '../../protocol/err';
import { ERROR_CODES, ErrorCode } from '../../protocol/error_codes';
import { encodeHas } from '../../protocol/has';
import { payloadCheck } from '../../protocol/payload_check';
import { RcpMessage } from '../../protocol/rcp';
import { encodeReceipt } from '../../protocol/receipt';
import { Request, RequestDecoder } from '../../protocol/request_decoder';
import { encodeWin } from '../../protocol/win';
import { Clock } from '../../program/clock';

/** The agency's side of a connection, as the server sees it. */
export interface Peer {
  send(bytes: Buffer): void;
  /** Nothing more is sent; the peer learns of it after what was sent. */
  end(): void;
}

/** What the model does beside the rules. */
export interface ModelSettings {
  /** How long a commit takes, each time. */
  readonly commitMs: () => number;
  /** Answers one message on a connection and closes it; closes it without an answer on an ASK. */
  readonly answersOneMessage: boolean;
  /** Where its receipts come from; without it, it knows no RCP. */
  readonly receipts?: ModelReceipts | undefined;
}

/** A transparency log, as the model tells it of what it has stored. */
export interface ModelReceipts {
  addBatch(batch: CheckedBatch): void;
  addFinish(agency: number): void;
  receiptOf(agency: number, batchId: number): Buffer | undefined;
}

/**
 * The server of PROTOCOL.md for one agency and its draw, as plainly as it can be said: batches by their ids, each
 * with its bytes. What is not committed is lost when it restarts.
 */
export class ModelServer {
  readonly #settings: ModelSettings;
  readonly #clock: Clock;
  readonly #batches = new Map<number, CheckedBatch>();
  #hasFinished = false;
  readonly #connections = new Set<ModelConnection>();
  /** What is to be done at the next commit, in the order in which it came. */
  #waiting: (() => void)[] = [];
  #callOffCommit: (() => void) | undefined;
  #asks = 0;
  #latestSender = 0;
  /** While false, everything that needs the storage is `unavailable`. */
  isAvailable = true;

  constructor(settings: ModelSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
  }

  /** The bets that are stored, in the order of the batches. */
  get bets(): string[] {
    const batches = [...this.#batches.values()].sort((left, right) => left.batchId - right.batchId);
    return batches.flatMap(({ text }) => text.toString('utf8').split(';'));
  }

  /** Whether the agency's FIN has come, and with it the draw. */
  get hasDrawn(): boolean {
    return this.#hasFinished;
  }

  /** The documents of the bets with an even last digit, which are this model's winners. */
  get winners(): string[] {
    return this.bets.flatMap((bet) => (/[02468]$/.test(bet) ? [bet.split(',')[4] ?? ''] : []));
  }

  accept(peer: Peer): ModelConnection {
    const connection = new ModelConnection(this, peer, this.#settings.answersOneMessage);
    this.#connections.add(connection);
    return connection;
  }

  /** Killed and started again: what was not committed is gone, and so are the connections. */
  restart(): void {
    this.#callOffCommit?.();
    this.#callOffCommit = undefined;
    this.#waiting = [];
    for (const connection of this.#connections) connection.die();
    this.#connections.clear();
    this.#asks = 0;
    this.#latestSender = 0;
  }

  /** R22: an ASK has the number of its turn. */
  nextAsk(): number {
    return ++this.#asks;
  }

  /** R22: whether a connection with this ASK may send, which takes the agency over. */
  maySend(ask: number): boolean {
    if (ask < this.#latestSender) return false;
    this.#latestSender = ask;
    return true;
  }

  /** Does something with the storage, after all that was asked of it before. */
  atCommit(doIt: () => void): void {
    this.#waiting.push(doIt);
    this.#callOffCommit ??= this.#clock.after(this.#settings.commitMs(), () => {
      this.#callOffCommit = undefined;
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const call of waiting) call();
    });
  }

  /** R16 to R20. */
  store(batch: CheckedBatch): ErrorCode | undefined {
    const stored = this.#batches.get(batch.batchId);
    if (stored !== undefined) return stored.text.equals(batch.text) ? undefined : 'batch-conflict';
    if (this.#hasFinished) return 'closed';
    this.#batches.set(batch.batchId, { ...batch, text: Buffer.from(batch.text) });
    this.#settings.receipts?.addBatch(batch);
    return undefined;
  }

  /** R12. */
  standing(): Buffer {
    let last: CheckedBatch | undefined;
    for (let id = 1; this.#batches.has(id); id++) last = this.#batches.get(id);
    const bets = [...this.#batches.values()].reduce((sum, { betCount }) => sum + betCount, 0);
    return encodeHas(last?.batchId ?? 0, last?.lastBetId ?? 0, bets);
  }

  /** R27. */
  check(upToBatchId: number): Buffer {
    let last: CheckedBatch | undefined;
    let check = 0;
    const isAsked = (id: number): boolean => upToBatchId === 0 || id <= upToBatchId;
    for (let id = 1; this.#batches.has(id) && isAsked(id); id++) {
      last = this.#batches.get(id)!;
      check = payloadCheck(Buffer.concat([Buffer.from(';'), last.text]), check);
    }
    return encodeCrc(last?.batchId ?? 0, last?.lastBetId ?? 0, check);
  }

  /** R29; `undefined` where no receipts are given. */
  receipt(agency: number, batchId: number): Buffer | undefined {
    const { receipts } = this.#settings;
    return receipts && encodeReceipt(receipts.receiptOf(agency, batchId));
  }

  /** R19, R21: one agency takes part, so its FIN is the last. */
  finish(agency: number): Buffer {
    if (!this.#hasFinished) this.#settings.receipts?.addFinish(agency);
    this.#hasFinished = true;
    return encodeWin(this.winners.join(','));
  }
}

/** One connection to the model. */
export class ModelConnection {
  readonly #server: ModelServer;
  readonly #peer: Peer;
  readonly #answersOneMessage: boolean;
  readonly #decoder = new RequestDecoder();
  #ask: number | undefined;
  #isOver = false;
  #isDone = false;

  constructor(server: ModelServer, peer: Peer, answersOneMessage: boolean) {
    this.#server = server;
    this.#peer = peer;
    this.#answersOneMessage = answersOneMessage;
  }

  /** Bytes have come, in whatever pieces. */
  receive(chunk: Buffer): void {
    if (this.#isOver) return;
    this.#decoder.push(chunk);
    for (;;) {
      const request = this.#isOver ? undefined : this.#decoder.next();
      if (request === undefined) return;
      this.#isOver = this.#answersOneMessage;
      this.#take(request);
    }
  }

  /** The server is gone: nothing that still arrives is read. */
  die(): void {
    this.#isOver = true;
    this.#isDone = true;
  }

  #take(request: Request): void {
    switch (request.type) {
      case 'BET':
        return this.#takeBatch(request);
      case 'FIN':
        return this.#answerAtCommit(0, () => this.#server.finish(request.agency));
      case 'ASK':
        return this.#takeAsk();
      case 'CHK':
        return this.#answerAtCommit(0, () => this.#server.check(request.upToBatchId));
      case 'RCP':
        return this.#giveReceipt(request);
      case 'ECHO':
        throw new Error('no agency sends an ECHO');
    }
  }

  #takeBatch(message: BetMessage): void {
    const batch = checkBatch(message);
    if (this.#ask !== undefined && !this.#server.maySend(this.#ask)) {
      this.#isOver = true;
      return this.#server.atCommit(() => this.#refuse('unavailable', batch.batchId));
    }
    this.#answerAtCommit(batch.batchId, () => {
      const code = this.#server.store(batch);
      if (code === undefined) return encodeAck(batch.agency, batch.batchId);
      this.#refuse(code, batch.batchId);
      return undefined;
    });
  }

  #giveReceipt({ agency, batchId }: RcpMessage): void {
    this.#answerAtCommit(0, () => {
      const reply = this.#server.receipt(agency, batchId);
      if (reply === undefined) this.#refuse('bad-header', 0);
      return reply;
    });
  }

  #takeAsk(): void {
    if (this.#answersOneMessage) return this.#end();
    this.#ask = this.#server.nextAsk();
    this.#answerAtCommit(0, () => this.#server.standing());
  }

  #answerAtCommit(batchId: number, answer: () => Buffer | undefined): void {
    this.#server.atCommit(() => {
      if (this.#isDone) return;
      if (!this.#server.isAvailable) return this.#refuse('unavailable', batchId);
      const bytes = answer();
      if (bytes !== undefined) this.#peer.send(bytes);
      if (this.#answersOneMessage) this.#end();
    });
  }

  #refuse(code: ErrorCode, batchId: number): void {
    if (this.#isDone) return;
    this.#peer.send(encodeErr(batchId, code, 'says the model'));
    if (ERROR_CODES[code].closesConnection) this.#end();
  }

  #end(): void {
    this.#isOver = true;
    this.#isDone = true;
    this.#peer.end();
  }
}
