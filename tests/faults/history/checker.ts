/**
 * Whether a history can be explained: by one order of all calls that respects real time (a call that was answered
 * before another was sent comes first) and the order of each connection, in which every answer is right, and in which
 * batches and FINs are stored in the very order that the ledger tells.
 *
 * The search is exact. Since the ledger tells the order of all batches, the state of the lottery is how many of them
 * are stored, and who has finished. A call whose answer is right and that changes nothing is taken as soon as it may
 * come, and so is an answered call that stores the next batch: a later one with the same batch then changes nothing.
 * What is tried out is how far the calls got that were never answered, since their connection was cut.
 */
import { padded, winReply } from '../../support/wire';
import { LedgerOrder, OrderedBatch } from './ledger_order';
import { Call } from './recorder';

/** The calls of one connection, in order. */
interface Lane {
  readonly calls: readonly Call[];
  /** From each call on, when the earliest answer was there. */
  readonly earliestEndMs: readonly number[];
  /** From here on no call was answered: each had its effect, in this order, up to any of them. */
  readonly answered: number;
  /** Behind this they had none: the connection was gone. */
  readonly goneMs: number;
}

/** Up to where the order goes. */
interface Point {
  /** How many calls of each lane. */
  readonly taken: readonly number[];
  /** How many batches of the ledger are stored. */
  readonly stored: number;
  readonly finished: ReadonlySet<number>;
  /** The latest start of a call that was taken: no call can come now whose connection was gone before. */
  readonly nowMs: number;
}

/** A call, or several without an answer up to one, that may come next. */
interface Step {
  readonly lane: number;
  readonly taken: number;
  readonly call: Call;
  readonly effect: Effect;
}

/** What a call does at a point: nothing, but its answer is right; stores the next batch; finishes its agency. */
type Effect = 'none' | 'store' | 'finish' | 'wrong';

/**
 * @param winnerNumber the number that wins
 * @returns what cannot be explained: the calls at which the farthest order ends; `undefined` when all is explained
 */
export function unexplained(
  calls: readonly Call[],
  ledger: LedgerOrder,
  winnerNumber: number,
): string | undefined {
  return new Checker(calls, ledger, winnerNumber).run();
}

class Checker {
  readonly #lanes: readonly Lane[];
  readonly #batches: readonly OrderedBatch[];
  readonly #finishedAfter: ReadonlyMap<number, number>;
  /** The place of each stored batch in the order. */
  readonly #places = new Map<string, number>();
  readonly #wins: ReadonlyMap<number, string>;
  readonly #agencies: number;
  /** When the draw had certainly run. */
  readonly #drawnAtMs: number;
  readonly #seen = new Set<string>();

  constructor(calls: readonly Call[], ledger: LedgerOrder, winnerNumber: number) {
    this.#lanes = lanesOf(calls);
    this.#batches = ledger.batches;
    this.#finishedAfter = ledger.finishedAfter;
    for (const [place, { agency, batchId }] of ledger.batches.entries()) {
      this.#places.set(`${agency},${batchId}`, place);
    }
    this.#wins = winsOf(ledger, winnerNumber);
    // The draw waits for all: those that have sent anything, in these histories.
    this.#agencies = new Set(calls.map(({ message }) => message.agency)).size;
    const winEnds = calls.filter(({ reply }) => reply?.startsWith('WIN,')).map(({ endMs }) => endMs);
    this.#drawnAtMs = Math.min(...winEnds);
  }

  run(): string | undefined {
    const open: Point[] = [
      { taken: this.#lanes.map(() => 0), stored: 0, finished: new Set(), nowMs: -Infinity },
    ];
    let farthest = open[0]!;
    for (let point = open.pop(); point !== undefined; point = open.pop()) {
      const settled = this.#goOnWithoutChoice(point);
      if (this.#isDone(settled)) return undefined;
      const key = this.#keyOf(settled);
      if (this.#seen.has(key)) continue;
      this.#seen.add(key);
      if (sum(settled.taken) + settled.stored > sum(farthest.taken) + farthest.stored) farthest = settled;
      const steps = [...this.#answeredSteps(settled), ...this.#unansweredSteps(settled)];
      open.push(...steps.map((step) => follow(settled, step)));
    }
    return this.#describe(farthest);
  }

  /** Takes answered calls, as long as none of them bars one that was not answered. */
  #goOnWithoutChoice(from: Point): Point {
    let point = from;
    for (;;) {
      const barredFromMs = this.#nextGoneMs(point);
      const steps = this.#answeredSteps(point).filter(({ call }) => call.startMs <= barredFromMs);
      const step = steps.find(({ effect }) => effect !== 'store') ?? steps[0];
      if (step === undefined) return point;
      // The next batch may be of a later segment than that behind which a FIN without an answer must stand.
      const mayFinish =
        step.effect === 'store' && this.#unansweredSteps(point).some(({ effect }) => effect === 'finish');
      if (mayFinish) return point;
      point = follow(point, step);
    }
  }

  /** When the next connection is gone of those with calls that can still have an effect. */
  #nextGoneMs({ taken, nowMs }: Point): number {
    const open = this.#lanes.filter(
      ({ calls, goneMs }, lane) => taken[lane]! < calls.length && goneMs >= nowMs,
    );
    return Math.min(...open.map(({ goneMs }) => goneMs));
  }

  #keyOf({ taken, stored, finished, nowMs }: Point): string {
    const gone = this.#lanes.filter(({ goneMs }) => goneMs < nowMs).length;
    return `${taken.join()};${stored};${[...finished].sort().join()};${gone}`;
  }

  /** The next call of each lane, if nothing that is still to come was answered before it was sent. */
  #answeredSteps(point: Point): Step[] {
    const earliestMs = this.#earliestEndMs(point);
    const steps: Step[] = [];
    for (const [lane, { calls, answered }] of this.#lanes.entries()) {
      const taken = point.taken[lane]!;
      const call = calls[taken];
      if (call === undefined || taken >= answered || call.startMs > earliestMs) continue;
      const effect = this.#effectOf(call, point);
      if (effect !== 'wrong') steps.push({ lane, taken: taken + 1, call, effect });
    }
    return steps;
  }

  /** For each lane whose answers are over, the first call that changes something. */
  #unansweredSteps(point: Point): Step[] {
    const earliestMs = this.#earliestEndMs(point);
    const steps: Step[] = [];
    for (const [lane, { calls, answered, goneMs }] of this.#lanes.entries()) {
      if (point.taken[lane]! < answered || goneMs < point.nowMs) continue;
      for (let index = point.taken[lane]!; index < calls.length; index++) {
        const call = calls[index]!;
        const effect = call.startMs > earliestMs ? 'wrong' : this.#effectOf(call, point);
        if (effect === 'wrong') break;
        if (effect === 'none') continue;
        steps.push({ lane, taken: index + 1, call, effect });
        break;
      }
    }
    return steps;
  }

  #earliestEndMs({ taken, finished }: Point): number {
    const drawnAtMs = finished.size === this.#agencies ? Infinity : this.#drawnAtMs;
    return Math.min(drawnAtMs, ...this.#lanes.map(({ earliestEndMs }, lane) => earliestEndMs[taken[lane]!]!));
  }

  #effectOf(call: Call, point: Point): Effect {
    if (isUnavailable(call)) return 'none';
    const { message, reply } = call;
    switch (message.kind) {
      case 'ASK':
        return reply === undefined || reply === this.#standing(message.agency, point) ? 'none' : 'wrong';
      case 'FIN':
        return this.#effectOfFin(message.agency, reply, point);
      case 'BET':
        return this.#effectOfBet(message, reply, point);
    }
  }

  #effectOfFin(agency: number, reply: string | undefined, { stored, finished }: Point): Effect {
    if (reply !== undefined && reply !== this.#wins.get(agency)) return 'wrong';
    if (finished.has(agency)) return 'none';
    const segment = this.#finishedAfter.get(agency);
    if (segment === undefined || stored <= this.#lastPlaceOf(agency)) return 'wrong';
    // At least one batch of the segment is stored before it, if it has any, and none of a later segment.
    const [first, end] = [this.#batchesBefore(segment), this.#batchesBefore(segment + 1)];
    const isBehind = first === end ? stored === end : stored > first && stored <= end;
    return isBehind ? 'finish' : 'wrong';
  }

  #effectOfBet(
    { agency, batchId, text }: { agency: number; batchId: number; text: string },
    reply: string | undefined,
    { stored, finished }: Point,
  ): Effect {
    const place = this.#places.get(`${agency},${batchId}`);
    const isSame = place !== undefined && this.#batches[place]!.text === text;
    const isStored = place !== undefined && place < stored;
    const canStore = isSame && place === stored && !finished.has(agency);
    if (reply === undefined) return canStore ? 'store' : isStored || finished.has(agency) ? 'none' : 'wrong';
    if (reply === ackOf(agency, batchId)) return isStored && isSame ? 'none' : canStore ? 'store' : 'wrong';
    if (codeOf(reply) === `${batchId},batch-conflict`) return isStored && !isSame ? 'none' : 'wrong';
    if (codeOf(reply) === `${batchId},closed`) return finished.has(agency) && !isStored ? 'none' : 'wrong';
    return 'wrong';
  }

  /** How many batches lie in the segments before one. */
  #batchesBefore(segment: number): number {
    const place = this.#batches.findIndex((batch) => batch.segment >= segment);
    return place < 0 ? this.#batches.length : place;
  }

  #lastPlaceOf(agency: number): number {
    return this.#batches.findLastIndex((batch) => batch.agency === agency);
  }

  /** The HAS of an agency: a walk over what is stored, in the plainest way. */
  #standing(agency: number, { stored }: Point): string {
    const own = this.#batches.slice(0, stored).filter((batch) => batch.agency === agency);
    const byId = new Map(own.map(({ batchId, text }) => [batchId, text.split(';')]));
    let [lastBatchId, lastBetId] = [0, 0];
    while (byId.has(lastBatchId + 1)) lastBetId = Number(byId.get(++lastBatchId)!.at(-1)!.split(',')[1]);
    const payload = `${lastBatchId},${lastBetId},${sum([...byId.values()].map(({ length }) => length))}\n`;
    return `HAS,${padded(payload.length, 8)}${payload}`;
  }

  #isDone({ taken, stored, finished }: Point): boolean {
    if (stored < this.#batches.length || finished.size < this.#finishedAfter.size) return false;
    return this.#lanes.every(({ answered }, lane) => taken[lane]! >= answered);
  }

  #describe(point: Point): string {
    const next = this.#lanes.map(({ calls }, lane) => JSON.stringify(calls[point.taken[lane]!]));
    const batch = this.#batches[point.stored];
    const wanted = batch === undefined ? 'all are stored' : `${batch.agency},${batch.batchId}`;
    return `${sum(point.taken)} calls and ${point.stored} batches; next in the ledger: ${wanted}\n${next.join('\n')}`;
  }
}

function follow({ taken, stored, finished, nowMs }: Point, step: Step): Point {
  return {
    taken: taken.map((count, lane) => (lane === step.lane ? step.taken : count)),
    stored: step.effect === 'store' ? stored + 1 : stored,
    finished: step.effect === 'finish' ? new Set([...finished, step.call.message.agency]) : finished,
    nowMs: Math.max(nowMs, step.call.startMs),
  };
}

function lanesOf(calls: readonly Call[]): Lane[] {
  const byConnection = new Map<number, Call[]>();
  for (const call of calls) {
    const lane = byConnection.get(call.connection);
    if (lane === undefined) byConnection.set(call.connection, [call]);
    // Behind this refusal the server reads nothing more.
    else if (!isUnavailable(lane.at(-1)!)) lane.push(call);
  }
  return [...byConnection.values()].map(laneOf);
}

function laneOf(calls: readonly Call[]): Lane {
  const earliestEndMs: number[] = Array.from({ length: calls.length + 1 }, () => Infinity);
  for (let index = calls.length - 1; index >= 0; index--) {
    const { reply, endMs } = calls[index]!;
    earliestEndMs[index] = Math.min(earliestEndMs[index + 1]!, reply === undefined ? Infinity : endMs);
  }
  const answered = calls.findLastIndex(({ reply }) => reply !== undefined) + 1;
  const goneMs = answered === calls.length ? Infinity : calls.at(-1)!.endMs;
  return { calls, earliestEndMs, answered, goneMs };
}

function isUnavailable({ reply }: Call): boolean {
  return reply?.includes(',unavailable,') === true;
}

/** The WIN of each agency: its winners in the order of batch ids. */
function winsOf({ batches, finishedAfter }: LedgerOrder, winnerNumber: number): Map<number, string> {
  const wins = new Map<number, string>();
  for (const agency of finishedAfter.keys()) {
    const own = batches
      .filter((batch) => batch.agency === agency)
      .sort((one, other) => one.batchId - other.batchId);
    const bets = own.flatMap(({ text }) => text.split(';')).map((bet) => bet.split(','));
    const documents = bets.filter((bet) => Number(bet[6]) === winnerNumber).map((bet) => bet[4]!);
    wins.set(agency, winReply(documents.join(',')));
  }
  return wins;
}

function ackOf(agency: number, batchId: number): string {
  const payload = `${agency},${batchId}\n`;
  return `ACK,${padded(payload.length, 8)},${payload}`;
}

/** `batch_id,code` of an ERR. */
function codeOf(reply: string): string {
  return reply.startsWith('ERR,') ? reply.slice(12).split(',', 2).join(',') : '';
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
