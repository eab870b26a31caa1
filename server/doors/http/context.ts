import type { FastifyRequest } from 'fastify';

import type { Clock } from '../../../program/clock';
import type { Lottery } from '../../lottery/lottery';
import type { Sender } from '../../lottery/refusal_log';
import type { Telemetry } from '../../telemetry/telemetry';
import { Connections } from './connections';
import {
  BODY_EXTRA_BYTES,
  HttpLimits,
  MAX_WAITING_LISTS,
  MAX_WAITING_READS,
  SMALL_ANSWER_BYTES,
  UNREAD_AFTER_MS,
} from './limits';
import { Refusal } from './refusals/problem';
import { Access } from './requests/access';
import { BodyChecks } from './requests/body_checks';
import { DrawWaiters } from './requests/draw_waiters';
import type { Exchange } from './requests/exchange';
import { Exchanges } from './requests/exchanges';
import { PacedTurns } from './requests/paced_turns';
import { MemoryShare, SharedMemory } from './requests/shared_memory';
import { StorageRoom } from './requests/storage_room';
import { Turns } from './requests/turns';
import type { HttpDoorSettings } from './settings';
import type { CheckPool } from './workers/check_pool';

/** What the context is made of. */
export type HttpContextParts = Pick<
  HttpContext,
  'lottery' | 'telemetry' | 'settings' | 'clock' | 'limits'
> & {
  readonly checkPool?: CheckPool | undefined;
};

/** What all requests of the door share. */
export class HttpContext {
  readonly lottery: Lottery;
  readonly telemetry: Telemetry;
  readonly settings: HttpDoorSettings;
  readonly clock: Clock;
  readonly limits: HttpLimits;
  readonly access: Access;
  readonly exchanges: Exchanges;
  readonly connections: Connections;
  readonly drawWaiters: DrawWaiters;
  /** The turns of those who ask for sums of many agencies. */
  readonly lists: PacedTurns;
  /** The turns of those who ask for a note, which may be as long as a payload. */
  readonly noteReads: Turns;
  /** The turns of those who ask for a batch, whose answer may be as long as a body. */
  readonly batchReads: Turns;
  /** The longest body. */
  readonly maxBodyBytes: number;
  /** The memory of the bodies that are being read. */
  readonly bodies: SharedMemory;
  /** Where the bodies of batches are checked. */
  readonly bodyChecks: BodyChecks;
  /** Room in the storage for what is written. */
  readonly storageRoom: StorageRoom;
  /** The memory of the answers that clients have not taken yet. */
  readonly answers: SharedMemory;
  /** Whether the door stops: then it admits no further request. */
  isStopping = false;

  constructor({ lottery, telemetry, settings, clock, limits, checkPool }: HttpContextParts) {
    this.lottery = lottery;
    this.telemetry = telemetry;
    this.settings = settings;
    this.clock = clock;
    this.limits = limits;
    this.exchanges = new Exchanges(clock);
    settings.tokens.onChange(() => this.exchanges.authorizeAgain());
    this.connections = new Connections(settings, limits);
    this.access = new Access(
      settings,
      (party, right) => telemetry.seen(party, right, 'http'),
      ({ socket }) => (socket === undefined ? undefined : this.connections.certificateOf(socket)),
    );
    this.drawWaiters = new DrawWaiters(lottery, clock, limits.maxWaitingRequests);
    this.lists = new PacedTurns(clock, MAX_WAITING_LISTS);
    this.maxBodyBytes = 2 * settings.maxPayloadBytes + BODY_EXTRA_BYTES;
    // There must always be room for one of the longest.
    this.bodies = new SharedMemory(Math.max(limits.maxBodiesBytes, 2 * this.maxBodyBytes));
    const { storageTimeoutMs: timeoutMs, maxOpenRequests: maxWaiting } = limits;
    this.storageRoom = new StorageRoom(lottery, clock, { timeoutMs, maxWaiting });
    this.bodyChecks = new BodyChecks(checkPool);
    this.answers = new SharedMemory(Math.max(limits.maxAnswersBytes, 2 * this.maxBodyBytes));
    // Half of that memory is left for what else is answered.
    const readsAtOnce = Math.floor(this.answers.maximumBytes / 2 / settings.maxPayloadBytes);
    this.noteReads = new Turns(readsAtOnce, MAX_WAITING_READS);
    const batchesAtOnce = Math.floor(this.answers.maximumBytes / 2 / this.maxBodyBytes);
    this.batchReads = new Turns(batchesAtOnce, MAX_WAITING_READS);
  }

  /** A batch of this request is stored: its connection keeps its place. */
  keepPlace({ request }: Exchange): void {
    this.connections.keepPlace(request.socket);
  }

  /** The exchange of a request. */
  exchangeOf(request: FastifyRequest): Exchange {
    return this.exchanges.of(request.raw);
  }

  /** Who a request comes from, for the audit log. */
  senderOf({ request }: Exchange): Sender {
    return this.access.knows(request) ? 'known' : 'nobody';
  }

  /**
   * Reserves memory for an answer until the client has taken it. Where too little is free, clients that leave theirs unread
   * are dropped first.
   *
   * @param bytes the most that the answer can need
   * @throws Refusal `unavailable` when so much is not free
   */
  reserveAnswer(exchange: Exchange, bytes: number): void {
    const share = this.#answerMemory(exchange);
    if (share.resize(bytes)) return;
    this.#dropUnread(() => share.resize(bytes));
    if (!share.resize(bytes)) {
      throw new Refusal('unavailable', 'too many answers are not taken: try again later');
    }
  }

  /**
   * Counts an answer that is about to be written, until the client has taken it. A small one, and one that is in the audit
   * log already, is sent whatever others hold.
   *
   * @throws Refusal `unavailable` when so much is not free
   */
  countAnswer(exchange: Exchange, bytes: number): void {
    if (exchange.isOver) return;
    const mustBeSent = bytes <= SMALL_ANSWER_BYTES || exchange.state === 'submitted';
    if (mustBeSent) this.#answerMemory(exchange).force(bytes);
    else this.reserveAnswer(exchange, bytes);
  }

  /** Drops clients that leave their answers unread, if all together are too many. */
  relieveAnswers(): void {
    if (this.answers.isOver) this.#dropUnread(() => !this.answers.isOver);
  }

  #dropUnread(isEnough: () => boolean): void {
    this.exchanges.dropUnread(UNREAD_AFTER_MS, SMALL_ANSWER_BYTES, isEnough);
  }

  #answerMemory(exchange: Exchange): MemoryShare {
    if (exchange.answerMemory === undefined) {
      const share = this.answers.share();
      exchange.answerMemory = share;
      exchange.atEnd(() => share.release());
    }
    return exchange.answerMemory;
  }
}
