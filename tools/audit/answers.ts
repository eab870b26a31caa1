/** The answers of a lottery that carries out one operation at a time. */
import { NO_REQUEST_ID } from '../../server/ledger/audit_line';
import type { Draw } from '../../server/ledger/draw';
import {
  STATUS_OF_COUNT_NOTE,
  STATUS_OF_DELETE_NOTE,
  STATUS_OF_OUTCOME,
  STATUS_OF_PUT_NOTES,
  STATUS_OF_WINNERS,
} from '../../server/ledger/operation_line';
import type { AuditEntry, Resource } from './audit_entry';
import type { SequentialLottery } from './sequential_lottery';

/** What the doors refuse by themselves, whatever the ledger holds. */
const REFUSED = new Set([400, 401, 403, 406, 408, 413, 415, 422, 500]);
const FOUND = 200;
const NOT_FOUND = 404;
const REPLACED = 200;
/** The statuses of a note that was written: a new one, or one in another's place. */
export const WRITTEN: ReadonlySet<number> = new Set([STATUS_OF_PUT_NOTES.stored, REPLACED]);
/** What may be counted: that, and what there is not, what is taken, and what is over. */
const COUNTED = new Set([...REFUSED, NOT_FOUND, STATUS_OF_OUTCOME.conflict, STATUS_OF_OUTCOME.closed]);
/** The status of the end of an agency's sale. */
export const FINISHED = 200;
/** The status of the line that closes the sale for the draw. */
export const SALE_CLOSED = 201;
const NO_ANSWER = 'that is no answer to this operation';

/**
 * Why the status of a line differs from the one that the lottery gives at this point.
 *
 * @param draw the draw that the ledger holds
 * @returns undefined when it does not differ
 */
export function problemOf(
  entry: AuditEntry,
  lottery: SequentialLottery,
  draw: Draw | undefined,
): string | undefined {
  const { operation, resource, status } = entry;
  if (resource.kind === 'refusals') return COUNTED.has(status) ? undefined : 'that is no refusal';
  if (REFUSED.has(status)) return undefined;
  if (!lottery.hasResource(resource)) {
    return status === NOT_FOUND ? undefined : 'there is no such thing in this lottery';
  }
  switch (operation) {
    case 'PUT':
      return problemOfPut(entry, lottery);
    case 'DELETE':
      return problemOfDelete(resource, status, lottery);
    default:
      return problemOfGet(resource, status, lottery, draw);
  }
}

function problemOfPut(
  { resource, status, requestId }: AuditEntry,
  lottery: SequentialLottery,
): string | undefined {
  switch (resource.kind) {
    case 'batch':
      return problemOfBatch(resource.agency, resource.batchId, status, lottery);
    case 'finish':
      return status === FINISHED ? undefined : NO_ANSWER;
    case 'draw':
      if (status !== SALE_CLOSED || requestId !== NO_REQUEST_ID) return NO_ANSWER;
      return lottery.isSaleClosed ? 'the sale was closed for the draw before' : undefined;
    case 'note':
      return problemOfWriting(status, lottery.notes.has(resource.owner, resource.name));
    default:
      return NO_ANSWER;
  }
}

/** Whether its condition was met, or there was room, is not in the log. */
function problemOfWriting(status: number, isThere: boolean): string | undefined {
  switch (status) {
    case STATUS_OF_PUT_NOTES.stored:
    case STATUS_OF_COUNT_NOTE.missing:
      return isThere ? 'the note was there before' : undefined;
    case REPLACED:
    case STATUS_OF_COUNT_NOTE['no-number']:
      return isThere ? undefined : 'there was no such note';
    case STATUS_OF_PUT_NOTES['not-met']:
    case STATUS_OF_PUT_NOTES.full:
      return undefined;
    default:
      return NO_ANSWER;
  }
}

function problemOfDelete(resource: Resource, status: number, lottery: SequentialLottery): string | undefined {
  if (resource.kind !== 'note') return NO_ANSWER;
  if (status === STATUS_OF_DELETE_NOTE['not-met']) return undefined;
  return problemOfNote(status, lottery.notes.has(resource.owner, resource.name));
}

function problemOfNote(status: number, isThere: boolean): string | undefined {
  if (status === NOT_FOUND) return isThere ? 'the note was there before' : undefined;
  if (status !== FOUND) return NO_ANSWER;
  return isThere ? undefined : 'there was no such note';
}

function problemOfBatch(
  agency: number,
  batchId: number,
  status: number,
  lottery: SequentialLottery,
): string | undefined {
  const isStored = lottery.hasBatch(agency, batchId);
  const isClosed = lottery.isSaleClosed || lottery.finished.has(agency);
  switch (status) {
    case STATUS_OF_OUTCOME.stored:
      if (isStored) return 'the batch was stored before';
      return isClosed ? 'the sale was closed for its agency' : undefined;
    case STATUS_OF_OUTCOME['already-stored']:
    case STATUS_OF_OUTCOME.conflict:
      return isStored ? undefined : 'no such batch was stored before';
    case STATUS_OF_OUTCOME.closed:
      if (isStored) return 'the batch was stored before';
      return isClosed ? undefined : 'the sale was open for its agency';
    default:
      return NO_ANSWER;
  }
}

function problemOfGet(
  resource: Resource,
  status: number,
  lottery: SequentialLottery,
  draw: Draw | undefined,
): string | undefined {
  switch (resource.kind) {
    case 'batch':
      return problemOfReading(status, lottery.hasBatch(resource.agency, resource.batchId));
    case 'note':
      return problemOfNote(status, lottery.notes.has(resource.owner, resource.name));
    case 'agency':
    case 'agencies':
    case 'notes':
      return status === FOUND ? undefined : NO_ANSWER;
    case 'draw':
      return status === FOUND ? problemOfDrawState(lottery, draw) : NO_ANSWER;
    case 'winners':
      return problemOfWinners(status, lottery, draw);
    default:
      return NO_ANSWER;
  }
}

function problemOfReading(status: number, isStored: boolean): string | undefined {
  if (status === NOT_FOUND) return isStored ? 'the batch was stored before' : undefined;
  if (status !== FOUND) return NO_ANSWER;
  return isStored ? undefined : 'no such batch was stored before';
}

/** A request for the winners is answered before the draw is due, or once its result is stored. */
function problemOfDrawState(lottery: SequentialLottery, draw: Draw | undefined): string | undefined {
  if (lottery.isDrawDue) return 'the draw was due, and nobody is answered before it has run';
  return lottery.isSaleClosed && draw === undefined ? 'the ledger has no draw' : undefined;
}

function problemOfWinners(
  status: number,
  lottery: SequentialLottery,
  draw: Draw | undefined,
): string | undefined {
  switch (status) {
    case STATUS_OF_WINNERS.awaited:
      return lottery.isSaleClosed
        ? 'the sale was closed for the draw before'
        : problemOfDrawState(lottery, draw);
    case STATUS_OF_WINNERS.drawn:
    case STATUS_OF_WINNERS['called-off']:
      if (!lottery.isSaleClosed) return 'the draw had not run';
      if (draw === undefined) return 'the ledger has no draw';
      if (draw.isCalledOff === (status === STATUS_OF_WINNERS['called-off'])) return undefined;
      return draw.isCalledOff ? 'the draw was called off' : 'the draw was not called off';
    default:
      return NO_ANSWER;
  }
}
