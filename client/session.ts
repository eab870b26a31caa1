import { AckMessage } from '../protocol/ack';
import { encodeAsk } from '../protocol/ask';
import type { CrcMessage } from '../protocol/crc';
import { ErrMessage } from '../protocol/err';
import { ERROR_CODES } from '../protocol/error_codes';
import { encodeFin } from '../protocol/fin';
import { HasMessage } from '../protocol/has';
import { NO_CHECK } from '../protocol/payload_check';
import { Reply, ReplyDecoder } from '../protocol/reply_decoder';
import { OperationError, oneLine } from '../program/exit';
import { Log } from '../program/log';
import { Batch, NOTHING_SENT, StartingPoint } from './batch_source';
import { ConnectionTrouble } from './connection_trouble';
import { OtherBetsStored } from './other_bets';
import { PhaseTimer } from './phase_timer';
import { refusalOf } from './server_refusal';
import { SentBatches } from './sent_batches';
import { MAX_RESTARTS, MAX_UNSENT_BYTES, REPLY_TIMEOUT_MS, WAITING_ASK_MS } from './session_limits';
import { NO_RECEIPTS, SessionReceipts } from './session_receipts';
import type { SessionContext, SessionSettings } from './session_settings';
import { StoredBetsCheck } from './stored_bets_check';
import { Transport } from './transport';

/** `checking`: what the server has is held against the agency's own bets (PROTOCOL.md, R27). */
type Phase = 'idle' | 'connecting' | 'asking' | 'checking' | 'sending' | 'waiting' | 'over';

/**
 * An agency's conversation with the server, from its first batch to its WIN, across as many connections as it
 * takes (PROTOCOL.md, "Writing an agency").
 *
 * It knows no socket, no file and no clock of its own.
 */
export class Session {
  readonly #settings: SessionSettings;
  readonly #context: SessionContext;
  readonly #log: Log;
  readonly #trouble: ConnectionTrouble;
  #phase: Phase = 'idle';
  #transport: Transport | undefined;
  #decoder = new ReplyDecoder();
  readonly #sent = new SentBatches();
  readonly #check: StoredBetsCheck;
  readonly #receipts: SessionReceipts;
  #isSourceStarted = false;
  /** The first batch after an ASK is sent on its own: another process's may still take its place (R22). */
  #isProbing = true;
  #restarts = 0;
  #isFinSent = false;
  readonly #timer: PhaseTimer;
  #finish: (documents: readonly string[]) => void = () => undefined;
  #fail: (error: Error) => void = () => undefined;

  constructor(settings: SessionSettings, around: SessionContext) {
    this.#settings = settings;
    this.#context = around;
    this.#log = around.log;
    this.#trouble = new ConnectionTrouble(settings, around);
    this.#timer = new PhaseTimer(around.clock);
    this.#check = new StoredBetsCheck(settings, around.source, (bytes) => this.#transport?.write(bytes));
    this.#receipts = around.receipts ?? NO_RECEIPTS;
    this.#receipts.open({
      write: (bytes) => this.#transport?.write(bytes),
      mayAsk: () => this.#phase === 'sending' || this.#phase === 'waiting',
      failed: (error) => this.#phase !== 'over' && this.#end(error),
    });
  }

  /** Whether FIN was sent: the sale is ended then, or will be as soon as the server has it. */
  get isFinSent(): boolean {
    return this.#isFinSent;
  }

  /**
   * Sends everything and waits for the draw, or only sends everything, as the settings say.
   *
   * @returns the documents of the agency's winners; none without a FIN
   * @throws OperationError when the server refuses for good, or is not reached for too long; Error of the source
   */
  run(): Promise<readonly string[]> {
    return new Promise((resolve, reject) => {
      if (this.#phase === 'over') return;
      this.#finish = resolve;
      this.#fail = reject;
      this.#connect();
    });
  }

  /** Gives up, quietly: the promise of `run` stays open. */
  stop(): void {
    this.#phase = 'over';
    this.#timer.cancel();
    this.#receipts.close();
    this.#context.source.close();
    this.#transport?.close();
  }

  #connect(): void {
    this.#phase = 'connecting';
    this.#decoder = new ReplyDecoder();
    this.#transport = this.#context.connect({
      connected: () => this.#onConnected(),
      received: (bytes) => this.#onReceived(bytes),
      drained: () => this.#pump(),
      lost: (reason, isLasting) => this.#phase !== 'over' && this.#reconnect(reason, isLasting),
    });
  }

  #onConnected(): void {
    this.#log.debug('connect', 'success');
    this.#sent.beginConnection();
    this.#isProbing = true;
    if (!this.#settings.oneMessagePerConnection) {
      this.#phase = 'asking';
      this.#transport?.write(encodeAsk(this.#settings.agency));
      this.#expectReply();
      return;
    }
    this.#phase = 'sending';
    if (this.#isSourceStarted) this.#pump();
    else this.#startSource(NOTHING_SENT);
  }

  #onReceived(bytes: Buffer): void {
    this.#decoder.push(bytes);
    try {
      for (let reply = this.#decoder.next(); reply !== undefined; reply = this.#decoder.next()) {
        this.#trouble.noteAnswer();
        this.#take(reply);
        // What the reply led to may have closed this connection, and opened another.
        if (this.#phase === 'over' || this.#phase === 'idle' || this.#phase === 'connecting') return;
      }
      // Acknowledgements come several at a time: what they make room for leaves together.
      this.#pump();
    } catch (error) {
      this.#reconnect(`the server's answer is not of the protocol: ${oneLine(error)}`);
    }
  }

  /** Waits, then connects again. */
  #reconnect(reason: string, isLasting = false): void {
    if (this.#phase === 'waiting') this.#trouble.noteEndOfWait();
    if (this.#phase === 'asking') this.#trouble.noteUnansweredAsk();
    this.#closeTransport();
    this.#orEnd(() => {
      const waitMs = this.#trouble.waitMs(reason, isLasting);
      this.#log.info('connect', 'in_progress', { reason, retry_in_ms: waitMs });
      this.#timer.start(waitMs, () => this.#connect());
    });
  }

  #closeTransport(): void {
    this.#timer.cancel();
    this.#check.abandon();
    this.#receipts.abandon();
    this.#phase = 'idle';
    this.#transport?.close();
    this.#transport = undefined;
  }

  #take(reply: Reply): void {
    switch (reply.type) {
      case 'ACK':
        return this.#onAck(reply);
      case 'HAS':
        return this.#onHas(reply);
      case 'CRC':
        this.#expectReply();
        return this.#check.take(reply);
      case 'RCP':
        return this.#receipts.take(reply.receipt);
      case 'ERR':
        return this.#onErr(reply);
      case 'WIN':
        return this.#onWin(reply.documents);
      case 'ECHO':
        return undefined;
    }
  }

  #onHas(has: HasMessage): void {
    if (this.#phase === 'waiting') {
      this.#trouble.noteSuccess();
      return this.#askLater();
    }
    if (has.lastBatchId === 0 || !this.#check.isKnown) return this.#goOn(has, undefined);
    this.#askCheck(has.lastBatchId, (crc) => this.#goOn(has, crc));
  }

  #askCheck(upToBatchId: number, then: (crc: CrcMessage) => void): void {
    this.#phase = 'checking';
    this.#check.ask(upToBatchId, then);
    this.#expectReply();
  }

  /** Goes on after what the server has. @param crc the check value of it; `undefined` where it is not known */
  #goOn(has: HasMessage, crc: CrcMessage | undefined): void {
    this.#phase = 'sending';
    if (this.#isSourceStarted && this.#sent.isOwnWork(has, crc)) {
      for (const batch of this.#sent.upTo(has.lastBatchId)) this.#acknowledge(batch);
      this.#sent.beginConnection();
      return;
    }
    const { lastBatchId, lastBetId, bets } = has;
    this.#startSource({ lastBatchId, lastBetId, bets, check: lastBatchId === 0 ? NO_CHECK : crc?.check });
  }

  #startSource(from: StartingPoint): void {
    this.#isSourceStarted = true;
    this.#timer.cancel();
    this.#sent.beginAt(from);
    this.#receipts.beginAt(from);
    this.#context.onStored(from.bets, 0);
    this.#context.source.start(
      from,
      () => this.#pump(),
      (error) => this.#onSourceFailed(error),
    );
  }

  /** Other bets are stored than this agency's: the first batch of them is looked for, while the connection lasts. */
  #onSourceFailed(error: Error): void {
    if (!(error instanceof OtherBetsStored) || this.#phase !== 'sending') return this.#end(error);
    this.#phase = 'checking';
    this.#isSourceStarted = false;
    const { lastBatchId: batchId, lastBetId } = this.#sent.stored;
    this.#check.search({ batchId, lastBetId }, (found) => this.#end(found));
    this.#expectReply();
  }

  #onAck({ agency, batchId }: AckMessage): void {
    if (agency !== this.#settings.agency) throw new Error('an ACK for another agency');
    const batch = this.#sent.find(batchId);
    // The server may acknowledge what it was sent on an earlier connection.
    if (batch === undefined) return;
    this.#log.debug('receive_confirmation', 'success', { batch: batchId, cantidad: batch.betCount });
    this.#trouble.noteSuccess();
    this.#isProbing = false;
    this.#acknowledge(batch);
    if (!this.#settings.oneMessagePerConnection) return;
    this.#closeTransport();
    this.#connect();
  }

  #acknowledge(batch: Batch): void {
    this.#sent.acknowledge(batch);
    this.#receipts.acknowledged(batch, this.#sent.stored);
    this.#context.onStored(this.#sent.stored.bets, batch.betCount);
    // Whatever a server may acknowledge: bytes that have not left yet are still needed.
    if (this.#sent.isAllSent && this.#transport?.unsentBytes === 0) this.#context.source.takeBack(batch);
  }

  #onErr(err: ErrMessage): void {
    const { code } = err;
    if (ERROR_CODES[code].retryable) return this.#reconnect(`${code}: ${err.text}`);
    const refused = [this.#receipts, this.#check].find(({ isAsked }) => code === 'bad-header' && isAsked);
    if (refused !== undefined) {
      refused.noteUnknown(this.#log);
      return this.#reconnect(`${code}: ${refused.letters}`);
    }
    const isPredecessors =
      code === 'batch-conflict' && this.#isProbing && !this.#settings.oneMessagePerConnection;
    if (isPredecessors && this.#restarts++ < MAX_RESTARTS) {
      this.#phase = 'asking';
      this.#transport?.write(encodeAsk(this.#settings.agency));
      return this.#expectReply();
    }
    this.#end(refusalOf(err, this.#settings.agency));
  }

  #onWin(documents: readonly string[]): void {
    if (this.#phase !== 'waiting') throw new Error('a WIN before the FIN');
    this.#receipts.afterWin(() => this.#close(documents));
  }

  #close(documents: readonly string[]): void {
    this.stop();
    this.#finish(documents);
  }

  /** Sends what may be sent: batches up to the window, then FIN. */
  #pump(): void {
    if (this.#phase !== 'sending') return;
    while (this.#sent.inFlight < this.#window && (this.#transport?.unsentBytes ?? 0) < MAX_UNSENT_BYTES) {
      const batch = this.#sent.next(this.#context.source);
      if (batch === undefined) break;
      this.#log.debug('send_batch', 'in_progress', { batch: batch.batchId, cantidad: batch.betCount });
      this.#transport?.write(batch.bytes);
    }
    if (!this.#sent.isEmpty) this.#expectReply();
    else if (this.#context.source.isAtEnd) this.#orEnd(() => this.#endSending());
    else this.#timer.cancel();
  }

  get #window(): number {
    return this.#isProbing || this.#settings.oneMessagePerConnection ? 1 : this.#settings.window;
  }

  /** @throws OperationError when the source is not what it was: no FIN for half a file */
  #endSending(): void {
    this.#context.source.requireUnchanged();
    if (this.#settings.sendsFin) return this.#check.isKnown ? this.#confirm() : this.#sendFin();
    this.#close([]);
  }

  /** Whether somebody else has sold under this id meanwhile: a FIN would end their sale too. */
  #confirm(): void {
    this.#askCheck(0, (crc) => {
      if (this.#sent.isAllOf(crc)) return this.#sendFin();
      this.#end(new OtherBetsStored(this.#settings.agency, 'they came while this agency was selling'));
    });
  }

  #sendFin(): void {
    this.#phase = 'waiting';
    this.#isFinSent = true;
    this.#trouble.noteWait();
    this.#transport?.write(encodeFin(this.#settings.agency));
    this.#log.info('send_fin', 'success', { agency: this.#settings.agency });
    this.#receipts.finished(this.#sent.stored);
    this.#askLater();
  }

  /** The draw may be long in coming: only an answer to an ASK shows that the server still knows of this wait. */
  #askLater(): void {
    if (this.#settings.oneMessagePerConnection) return this.#timer.cancel();
    this.#timer.start(WAITING_ASK_MS, () => {
      this.#transport?.write(encodeAsk(this.#settings.agency));
      this.#expectReply();
    });
  }

  #expectReply(): void {
    this.#timer.start(REPLY_TIMEOUT_MS, () => this.#reconnect('no answer in time'));
  }

  /** Ends the session where the step throws. */
  #orEnd(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#end(error instanceof Error ? error : new OperationError(oneLine(error)));
    }
  }

  #end(error: Error): void {
    this.stop();
    this.#fail(error);
  }
}
