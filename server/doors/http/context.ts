import type { FastifyRequest } from 'fastify';

import type { Clock } from '../../../program/clock';
import type { Lottery } from '../../lottery/lottery';
import type { Sender } from '../../lottery/refusal_log';
import type { Telemetry } from '../../telemetry/telemetry';
import { BODY_EXTRA_BYTES, HttpLimits, MAX_WAITING_LISTS } from './limits';
import { Refusal } from './refusals/problem';
import { Access } from './requests/access';
import { DrawWaiters } from './requests/draw_waiters';
import type { Exchange } from './requests/exchange';
import { Exchanges } from './requests/exchanges';
import { PacedTurns } from './requests/paced_turns';
import { SharedMemory } from './requests/shared_memory';
import type { HttpDoorSettings } from './settings';

/** What the context is made of. */
export type HttpContextParts = Pick<HttpContext, 'lottery' | 'telemetry' | 'settings' | 'clock' | 'limits'>;

/** What all requests of the door share. */
export class HttpContext {
  readonly lottery: Lottery;
  readonly telemetry: Telemetry;
  readonly settings: HttpDoorSettings;
  readonly clock: Clock;
  readonly limits: HttpLimits;
  readonly access: Access;
  readonly exchanges: Exchanges;
  readonly drawWaiters: DrawWaiters;
  /** The turns of those who ask for sums of many agencies. */
  readonly lists: PacedTurns;
  /** The longest body. */
  readonly maxBodyBytes: number;
  /** The memory of the bodies that are being read. */
  readonly bodies: SharedMemory;
  /** The memory of the answers that clients have not taken yet. */
  readonly answers: SharedMemory;
  /** Whether the door stops: then it admits no further request. */
  isStopping = false;

  constructor({ lottery, telemetry, settings, clock, limits }: HttpContextParts) {
    this.lottery = lottery;
    this.telemetry = telemetry;
    this.settings = settings;
    this.clock = clock;
    this.limits = limits;
    this.access = new Access(settings);
    this.exchanges = new Exchanges(clock);
    this.drawWaiters = new DrawWaiters(lottery, clock, limits.maxWaitingRequests);
    this.lists = new PacedTurns(clock, MAX_WAITING_LISTS);
    this.maxBodyBytes = 2 * settings.maxPayloadBytes + BODY_EXTRA_BYTES;
    // There must always be room for one of the longest.
    this.bodies = new SharedMemory(Math.max(limits.maxBodiesBytes, 2 * this.maxBodyBytes));
    this.answers = new SharedMemory(Math.max(limits.maxAnswersBytes, 2 * this.maxBodyBytes));
  }

  /** The exchange of a request. */
  exchangeOf(request: FastifyRequest): Exchange {
    return this.exchanges.of(request.raw);
  }

  /** Who a request comes from, for the audit log. */
  senderOf({ request }: Exchange): Sender {
    return this.access.knows(request) ? 'known' : 'nobody';
  }

  /** @throws Refusal `unavailable` when the storage does not keep up */
  requireRoom(): void {
    if (this.lottery.hasRoom) return;
    throw new Refusal('unavailable', 'the storage does not keep up: try again later');
  }

  /**
   * Reserves memory for an answer until the client has taken it.
   *
   * @param bytes the most that the answer can need
   * @returns sets what it needs exactly
   * @throws Refusal `unavailable` when so much is not free
   */
  reserveAnswer(exchange: Exchange, bytes: number): (bytes: number) => void {
    const share = this.answers.share();
    exchange.atEnd(() => share.release());
    if (!share.resize(bytes)) {
      throw new Refusal('unavailable', 'too many answers are not taken: try again later');
    }
    return (exactBytes) => {
      if (!exchange.isOver) share.resize(exactBytes);
    };
  }
}
