import type { FastifyRequest } from 'fastify';

import type { Clock } from '../../../program/clock';
import type { Lottery } from '../../lottery/lottery';
import { Access } from './requests/access';
import { DrawWaiters } from './requests/draw_waiters';
import { BODY_EXTRA_BYTES, HttpLimits } from './limits';
import { Refusal } from './refusals/problem';
import type { HttpDoorSettings } from './settings';
import { SharedMemory } from './requests/shared_memory';
import { Visit, Visits } from './requests/visits';

/** What all requests of the door share. */
export class HttpSurroundings {
  readonly access: Access;
  readonly visits: Visits;
  readonly drawWaiters: DrawWaiters;
  /** The longest body. */
  readonly maxBodyBytes: number;
  /** The memory of bodies that are being read. */
  readonly bodies: SharedMemory;
  /** The memory of answers that are not taken. */
  readonly answers: SharedMemory;
  /** The door stops: it takes no further request. */
  isStopping = false;

  constructor(
    readonly lottery: Lottery,
    readonly settings: HttpDoorSettings,
    readonly clock: Clock,
    readonly limits: HttpLimits,
  ) {
    this.access = new Access(settings);
    this.visits = new Visits(clock);
    this.drawWaiters = new DrawWaiters(lottery, clock, limits.maxWaitingRequests);
    this.maxBodyBytes = 2 * settings.maxPayloadBytes + BODY_EXTRA_BYTES;
    // One of the longest kind must always be possible.
    this.bodies = new SharedMemory(Math.max(limits.maxBodiesBytes, 2 * this.maxBodyBytes));
    this.answers = new SharedMemory(Math.max(limits.maxAnswersBytes, 2 * this.maxBodyBytes));
  }

  /** The visit of a request. */
  visitOf(request: FastifyRequest): Visit {
    return this.visits.of(request.raw);
  }

  /** @throws Refusal `unavailable` when the storage does not keep up */
  requireRoom(): void {
    if (this.lottery.hasRoom) return;
    throw new Refusal('unavailable', 'the storage does not keep up: try again later');
  }

  /**
   * Counts the memory of an answer until it is taken.
   *
   * @param bytes what it takes at most
   * @returns sets what it takes
   * @throws Refusal `unavailable` when there is not so much
   */
  reserveAnswer(visit: Visit, bytes: number): (bytes: number) => void {
    const share = this.answers.share();
    visit.atEnd(() => share.release());
    if (!share.resize(bytes)) {
      throw new Refusal('unavailable', 'too many answers are not taken: try again later');
    }
    return (exactBytes) => {
      if (!visit.isOver) share.resize(exactBytes);
    };
  }
}
