/** What is told of the lottery in JSON, whoever asks and through whichever door. */
import { countDocuments, Draw, drawnState } from '../../ledger/draw';
import type { Lottery } from '../../lottery/lottery';
import type { Standing } from '../../ledger/operation';
import type { DrawView } from '../../lottery/draw_view';

const MS_PER_SECOND = 1_000;

/** How many agencies take part, and which number wins. */
type Terms = Lottery['terms'];

/** How much is stored of an agency. */
export function sumsAnswer(agency: number, { bets, batches, lastBatchId, lastBetId, isFinished }: Standing) {
  return {
    agency,
    bets,
    batches,
    last_batch_id: lastBatchId,
    last_bet_id: lastBetId,
    finished: isFinished,
  };
}

/**
 * How much is stored of the agencies behind `after`.
 *
 * @param standings of these agencies
 * @param agencies how many there are in all
 */
export function listAnswer(after: number, standings: readonly Standing[], agencies: number) {
  const last = after + standings.length;
  return {
    agencies: standings.map((standing, index) => sumsAnswer(after + index + 1, standing)),
    next: standings.length > 0 && last < agencies ? last : null,
  };
}

/** An agency's winners. @param documents joined with `,` */
export function winnersAnswer(agency: number, documents: string): object {
  return { agency, winners: documents === '' ? [] : documents.split(',') };
}

/** A draw that has run, or was called off. It never changes. */
export function drawAnswer(terms: Terms, draw: Draw): object {
  return { ...drawSums(terms, draw), phase: 'decided', deadline: null };
}

/**
 * What is known of a draw that has no result yet: the sale is open, or it waits at a gate. It is beside the order of the
 * audit log, and tells of no other moment of a draw that is being held: it is waited for then.
 */
export function awaitedDrawAnswer(terms: Terms, view: DrawView): object {
  const { phase, gate, isSaleClosed, isOverdue } = view;
  if (gate !== undefined) {
    return { ...drawSums(terms, undefined), ...fromOf(view), phase, waits_for: gate, deadline: null };
  }
  const heldUp = phase === 'retrying' && !isSaleClosed ? 'retrying' : undefined;
  return {
    ...drawSums(terms, undefined),
    ...fromOf(view),
    phase: isOverdue ? 'overdue' : (heldUp ?? 'awaited'),
    deadline: deadlineAnswer(view),
  };
}

function fromOf({ number }: DrawView): { readonly number_from?: string } {
  return number === undefined ? {} : { number_from: number.from };
}

function deadlineAnswer({ deadline, dueAtMs, leftMs }: DrawView): object | null {
  if (deadline === undefined) return null;
  return {
    action: deadline.action,
    at: dueAtMs === undefined ? null : new Date(dueAtMs).toISOString(),
    seconds_after_first_finish: 'atMs' in deadline ? null : deadline.afterFirstFinishMs / MS_PER_SECOND,
    seconds_left: leftMs === undefined ? null : Math.ceil(leftMs / MS_PER_SECOND),
  };
}

function drawSums({ winnerNumber, agencies }: Terms, draw: Draw | undefined): object {
  const winners = [...(draw?.winners ?? [])].sort(([one], [other]) => one - other);
  return {
    state: draw === undefined ? 'awaited' : drawnState(draw),
    // Where the draw was called off none wins, also where one was announced.
    winner_number: draw?.isCalledOff === true ? null : (draw?.winnerNumber ?? winnerNumber ?? null),
    agencies,
    bets: draw?.bets ?? null,
    missing_agencies: draw?.missingAgencies ?? [],
    winners: winners.map(([agency, documents]) => ({ agency, count: countDocuments(documents) })),
  };
}
