import { encodeAck } from '../../../protocol/ack';
import { AskMessage } from '../../../protocol/ask';
import { BetMessage } from '../../../protocol/bet';
import { agencyOfPayload, checkBatch } from '../../../protocol/checked_batch';
import { ChkMessage } from '../../../protocol/chk';
import { encodeCrc } from '../../../protocol/crc';
import { EchoMessage } from '../../../protocol/echo';
import { encodeErr } from '../../../protocol/err';
import { ERROR_CODES, ProtocolError } from '../../../protocol/error_codes';
import { FinMessage } from '../../../protocol/fin';
import { encodeHas } from '../../../protocol/has';
import { RcpMessage } from '../../../protocol/rcp';
import { Request } from '../../../protocol/request_decoder';
import {
  agencyUri,
  batchUri,
  finishUri,
  NO_AGENCY,
  NO_REQUEST_ID,
  STATUS_OF_ERROR,
} from '../../ledger/audit_line';
import type { AuditAction } from '../../ledger/operation';
import type { Sender } from '../../lottery/refusal_log';
import { Conversation, ReplyStream } from '../stream/conversation';
import { OwedReply, ReplySlot } from '../stream/reply_queue';
import { AgencyContext, Asked, receiptReply } from './agency_context';
import { AwaitedWins } from './awaited_wins';
import type { PeerRights } from './peer_rights';

const NOTHING = Buffer.alloc(0);

/** One connection's BET, FIN, ASK, CHK, RCP and ECHO, answered with ACK, WIN, HAS, CRC, RCP, ECHO and ERR (PROTOCOL.md). */
export class AgencyConversation implements Conversation<Request> {
  readonly #stream: ReplyStream;
  readonly #context: AgencyContext;
  readonly #rights: PeerRights;
  /** For each agency that this connection has asked for, the number of the last ASK (R22). */
  readonly #asks = new Map<number, number>();
  /** Whoever has placed a bet here, or has said who it is, is known: refusals of others are only counted (docs/AUDIT.md). */
  #sender: Sender = 'nobody';
  /** From the first FIN on. */
  #wins: AwaitedWins | undefined;
  /** The agency that this connection has last spoken for, where it has not proved who it is. */
  #agency: number | undefined;
  /** Ends that it speaks for somebody. */
  #leave: () => void = () => undefined;

  /** @param rights what the peer may ask for */
  constructor(stream: ReplyStream, context: AgencyContext, rights: PeerRights) {
    this.#stream = stream;
    this.#context = context;
    this.#rights = rights;
    if (rights.proved === undefined) return;
    this.#keepPlace();
    this.#leave = context.proved(rights.proved);
  }

  answer(request: Request): void {
    switch (request.type) {
      case 'BET':
        return this.#placeBatch(request);
      case 'FIN':
        return this.#finish(request);
      case 'ASK':
        return this.#tellStanding(request);
      case 'CHK':
        return this.#tellCheck(request);
      case 'RCP':
        return this.#giveReceipt(request);
      case 'ECHO':
        return this.#echo(request);
    }
  }

  /** Of a message that cannot be read, one kind says at least that it is a batch. */
  refuseUnreadable(error: unknown): void {
    const reply = this.#stream.expect();
    const isTooLarge = error instanceof ProtocolError && error.code === 'too-large';
    if (isTooLarge) this.#refuseBatch(reply, error, undefined);
    else this.#refuse(reply, error, {});
  }

  refuseUnfinished(): void {
    const error = new ProtocolError('unavailable', 'too many unfinished messages: try again later');
    this.#refuse(this.#stream.expect(), error, {});
  }

  abandon(): void {
    this.#leave();
    this.#leave = () => undefined;
    this.#agency = undefined;
    if (this.#wins === undefined) return;
    this.#wins.abandon();
    // Once the draw has run, WINs are on their way.
    if (!this.#context.lottery.hasDrawn) this.#stream.dropOwed();
  }

  #placeBatch(message: BetMessage): void {
    const reply = this.#stream.expect();
    try {
      if (this.#rights.refusal !== undefined) this.#rights.requireWriting(0, message.batchId);
      const batch = checkBatch(message);
      const { agency } = batch;
      this.#rights.requireWriting(agency, batch.batchId);
      this.#speakFor(agency);
      this.#context.lottery.place(batch, undefined, this.#asks.get(agency), this.#sender).then(
        () => {
          this.#keepPlace();
          this.#stream.fulfil(reply, encodeAck(agency, batch.batchId));
        },
        (error: unknown) => this.#refuse(reply, error, { operation: 'BET', agency }),
      );
    } catch (error) {
      this.#refuseBatch(reply, error, agencyOfPayload(message.payload));
    }
  }

  #keepPlace(): void {
    if (this.#sender === 'nobody') this.#stream.keepPlace();
    this.#sender = 'known';
  }

  #refuseBatch(reply: ReplySlot, error: unknown, agency: number | undefined): void {
    const batchId = error instanceof ProtocolError ? error.batchId : 0;
    this.#refuseNoted(
      reply,
      error,
      { operation: 'BET', agency },
      'PUT',
      batchUri(agency ?? NO_AGENCY, batchId),
    );
  }

  /** Refuses what the lottery was not asked for: the audit log knows of it before its sender does (R26). */
  #refuseNoted(reply: ReplySlot, error: unknown, asked: Asked, action: AuditAction, uri: string): void {
    if (!(error instanceof ProtocolError) || error.code === 'unavailable') {
      return this.#refuse(reply, error, asked);
    }
    const { code, batchId } = error;
    this.#context.lottery.note(action, uri, STATUS_OF_ERROR[code], NO_REQUEST_ID, batchId, this.#sender).then(
      () => this.#refuse(reply, error, asked),
      (unavailable: unknown) => this.#refuse(reply, unavailable, asked),
    );
  }

  /** The FIN's place in the order is kept until it is stored; its WIN comes when it comes (R14). */
  #finish({ agency }: FinMessage): void {
    const { lottery } = this.#context;
    const place = this.#stream.expect();
    try {
      this.#rights.requireWriting(agency);
    } catch (error) {
      return this.#refuseNoted(place, error, { operation: 'FIN', agency }, 'PUT', finishUri(agency));
    }
    this.#speakFor(agency);
    const freePlace = (): void => this.#stream.fulfil(place, NOTHING);
    const wins = (this.#wins ??= new AwaitedWins());
    if (!lottery.hasDrawn && !wins.mayAdd(agency)) {
      const asked = { operation: 'FIN', agency } as const;
      lottery
        .finish(agency, undefined, this.#sender)
        .then(freePlace, (error: unknown) => this.#refuse(place, error, asked));
      return;
    }
    wins.add(agency);
    const owed = this.#stream.owe();
    lottery
      .finishAndAwaitWinners(agency, freePlace, wins.signal, this.#sender)
      .then((documents) => this.#stream.deliver(owed, this.#context.winOf(agency, documents)))
      .catch((error: unknown) => this.#refuseWin(agency, place, owed, error))
      .finally(() => wins.settle(agency));
  }

  /** @param place the FIN's own, which is free again if it was stored */
  #refuseWin(agency: number, place: ReplySlot, owed: OwedReply, error: unknown): void {
    const asked = { operation: 'FIN', agency } as const;
    if (place.bytes === undefined) this.#refuse(place, error, asked);
    else if (!owed.isDropped && !this.#wins?.signal.aborted) {
      this.#refuse(this.#stream.expect(), error, asked);
    }
    this.#stream.drop(owed);
  }

  #tellStanding({ agency }: AskMessage): void {
    const reply = this.#stream.expect();
    if (!this.#mayRead(agency, reply, 'ASK')) return;
    const ask = this.#context.nextAsk();
    this.#asks.set(agency, ask);
    this.#speakFor(agency);
    this.#context.heard(agency);
    this.#context.lottery.standing(agency, undefined, ask, this.#sender).then(
      ({ lastBatchId, lastBetId, bets }) =>
        this.#stream.fulfil(reply, encodeHas(lastBatchId, lastBetId, bets)),
      (error: unknown) => {
        // An agency that does not exist is not kept in mind.
        this.#asks.delete(agency);
        this.#refuse(reply, error, { operation: 'ASK', agency });
      },
    );
  }

  #tellCheck({ agency, upToBatchId }: ChkMessage): void {
    const reply = this.#stream.expect();
    if (!this.#mayRead(agency, reply, 'CHK')) return;
    const { lottery } = this.#context;
    lottery
      .standing(agency, undefined, undefined, this.#sender)
      .then(({ lastBatchId }) =>
        lottery.checkUpTo(agency, upToBatchId === 0 ? lastBatchId : Math.min(upToBatchId, lastBatchId)),
      )
      .then(
        ({ batchId, lastBetId, check }) => this.#stream.fulfil(reply, encodeCrc(batchId, lastBetId, check)),
        (error: unknown) => this.#refuse(reply, error, { operation: 'CHK', agency }),
      );
  }

  /** A server without receipts answers as one that does not know the message (R29). */
  #giveReceipt({ agency, batchId }: RcpMessage): void {
    const reply = this.#stream.expect();
    const { lottery } = this.#context;
    const asked = { operation: 'RCP', agency } as const;
    if (!lottery.receipts.areGiven)
      return this.#refuse(reply, new ProtocolError('bad-header', 'this server gives no receipts'), asked);
    if (!this.#mayRead(agency, reply, 'RCP')) return;
    lottery.receipts
      .of(agency, batchId, this.#sender)
      .then(receiptReply)
      .then(
        (bytes) => this.#stream.fulfil(reply, bytes),
        (error: unknown) => this.#refuse(reply, error, asked),
      );
  }

  /** Whether the peer may ask about an agency; if not, the answer is on its way. */
  #mayRead(agency: number, reply: ReplySlot, operation: 'ASK' | 'CHK' | 'RCP'): boolean {
    try {
      this.#rights.requireReading(agency);
      return true;
    } catch (error) {
      this.#refuseNoted(reply, error, { operation, agency }, 'GET', agencyUri(agency));
      return false;
    }
  }

  /** Who has proved who it is speaks for itself alone. */
  #speakFor(agency: number): void {
    if (agency === this.#agency || this.#rights.proved !== undefined) return;
    this.#leave();
    this.#agency = agency;
    this.#leave = this.#context.connected(agency);
  }

  #echo({ line }: EchoMessage): void {
    this.#context.reportEcho(line);
    // The decoder uses the line's memory again.
    this.#stream.fulfil(this.#stream.expect(), Buffer.from(line));
  }

  #refuse(reply: ReplySlot, error: unknown, asked: Asked): void {
    if (!(error instanceof ProtocolError)) throw error;
    this.#context.reportRefusal(error, asked);
    const bytes = encodeErr(error.batchId, error.code, error.message);
    if (ERROR_CODES[error.code].closesConnection) this.#stream.fulfilLast(reply, bytes);
    else this.#stream.fulfil(reply, bytes);
  }
}
