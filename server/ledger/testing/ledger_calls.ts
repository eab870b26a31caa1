import { DeadlineAction, Draw, DrawState, NOTHING_FOUND } from '../draw';
import type { Ledger, LedgerState } from '../ledger';
import type {
  CountNoteAnswer,
  DeleteNoteOutcome,
  ListedNote,
  NoteCondition,
  PutNotesAnswer,
  StoredNote,
} from '../note';
import type { AuditAction, BatchCheck, LedgerBatch, PlaceOutcome, Standing } from '../operation';
import type { LogPlace } from '../log_place';

/** A ledger's operations as plain calls, and the draw as the lottery holds it. For tests. */
export class LedgerCalls<L extends Ledger = Ledger> {
  /** @param winnerNumber which number wins */
  constructor(
    readonly ledger: L,
    readonly winnerNumber: number,
  ) {}

  get openedWith(): LedgerState {
    return this.ledger.openedWith;
  }

  get queuedBytes(): number {
    return this.ledger.queuedBytes;
  }

  async append(batch: LedgerBatch, requestId?: string, ask?: number): Promise<PlaceOutcome> {
    return (await this.ledger.submit({ kind: 'place', batch, requestId, ask })).outcome;
  }

  /** Where a batch was stored; `undefined` for one that is refused. */
  async place(batch: LedgerBatch): Promise<LogPlace | undefined> {
    const answer = await this.ledger.submit({ kind: 'place', batch });
    return 'place' in answer ? answer.place : undefined;
  }

  async finish(agency: number, requestId?: string): Promise<number> {
    return (await this.ledger.submit({ kind: 'finish', agency, requestId })).finished;
  }

  standing(agency: number, requestId?: string, ask?: number): Promise<Standing> {
    return this.ledger.submit({ kind: 'standing', agency, requestId, ask });
  }

  standings(after: number, limit: number, requestId?: string): Promise<readonly Standing[]> {
    return this.ledger.submit({ kind: 'standings', after, limit, requestId });
  }

  batchText(agency: number, batchId: number, requestId?: string): Promise<Buffer | undefined> {
    return this.ledger.submit({ kind: 'batch-text', agency, batchId, requestId });
  }

  batchChecks(agency: number, after: number, limit: number): Promise<readonly BatchCheck[]> {
    return this.ledger.submit({ kind: 'batch-checks', agency, after, limit });
  }

  drawState(winnersOf: number | undefined, requestId?: string): Promise<DrawState> {
    return this.ledger.submit({ kind: 'draw-state', winnersOf, requestId });
  }

  note(action: AuditAction, uri: string, status: number, requestId?: string): Promise<undefined> {
    return this.ledger.submit({ kind: 'refused', action, uri, status, requestId });
  }

  /** Writes notes. @param values by name */
  putNotes(
    owner: number,
    values: Readonly<Record<string, string | Buffer>>,
    condition?: NoteCondition,
    requestId?: string,
  ): Promise<PutNotesAnswer> {
    const notes = Object.entries(values).map(([name, value]) => ({
      name,
      value: Buffer.from(value as string),
      flags: 0,
    }));
    return this.ledger.submit({ kind: 'put-notes', owner, notes, condition, requestId });
  }

  getNote(owner: number, name: string, requestId?: string): Promise<StoredNote | undefined> {
    return this.ledger.submit({ kind: 'get-note', owner, name, requestId });
  }

  /** The value of a note, as text. */
  async noteText(owner: number, name: string): Promise<string | undefined> {
    return (await this.getNote(owner, name))?.value.toString();
  }

  deleteNote(
    owner: number,
    name: string,
    condition?: NoteCondition,
    requestId?: string,
  ): Promise<DeleteNoteOutcome> {
    return this.ledger.submit({ kind: 'delete-note', owner, name, condition, requestId });
  }

  listNotes(owner: number, after = '', limit = 1_000, requestId?: string): Promise<readonly ListedNote[]> {
    return this.ledger.submit({ kind: 'list-notes', owner, after, limit, requestId });
  }

  countNote(
    owner: number,
    name: string,
    by: bigint,
    mayCreate = true,
    requestId?: string,
  ): Promise<CountNoteAnswer> {
    return this.ledger.submit({ kind: 'count-note', owner, name, by, mayCreate, requestId });
  }

  /** Closes the sale, whichever agencies are missing, searches, and records the result. */
  async draw(whenMissing: DeadlineAction = 'draw'): Promise<Draw> {
    const closed = await this.ledger.submit({ kind: 'close-sale', whenMissing });
    if (closed.outcome === 'not-due') throw new Error('the sale stays open');
    const { terms } = closed;
    const result = terms.isCalledOff
      ? { found: NOTHING_FOUND }
      : await this.ledger.findWinners(this.winnerNumber);
    if ('draw' in result) return result.draw;
    const winnerNumber = terms.isCalledOff ? undefined : this.winnerNumber;
    const draw: Draw = { ...result.found, ...terms, winnerNumber };
    return this.ledger.submit({ kind: 'record-draw', draw });
  }

  close(): Promise<void> {
    return this.ledger.close();
  }
}
