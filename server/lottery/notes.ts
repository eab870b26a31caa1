import { notesUri, noteUri } from '../ledger/audit_line';
import {
  CountNoteAnswer,
  DeleteNoteOutcome,
  ListedNote,
  LOTTERY_OWNER,
  NewNote,
  NoteCondition,
  PutNotesAnswer,
  StoredNote,
} from '../ledger/note';
import type { AuditAction } from '../ledger/operation';
import type { LotteryLedger } from './lottery_ledger';

/**
 * The notes of the agencies and of the lottery (ledger/note.ts): whoever may use them is for the door to say.
 *
 * As for `Lottery`: what a call asks of the ledger is submitted before the call returns, and every answer and every error
 * but `unavailable` has its line in the audit log. An owner is an agency's number, or `LOTTERY_OWNER`. Every call throws
 * ProtocolError `unknown-agency` for an owner that takes no part, and `unavailable`.
 */
export class Notes {
  readonly #ledger: LotteryLedger;

  constructor(ledger: LotteryLedger) {
    this.#ledger = ledger;
  }

  /**
   * Writes notes, all or none.
   *
   * @param notes 1 to `MAX_NOTES_AT_ONCE`, whose names differ; their values may change once the call has returned
   * @param condition what must be true of each of them
   */
  async put(
    owner: number,
    notes: readonly NewNote[],
    condition?: NoteCondition,
    requestId?: string,
  ): Promise<PutNotesAnswer> {
    const [first] = notes;
    const uri = notes.length === 1 && first ? noteUri(owner, first.name) : notesUri(owner);
    if (!this.#isOwner(owner)) throw await this.#unknown('PUT', uri, requestId);
    return this.#ledger.submit({ kind: 'put-notes', owner, notes, condition, requestId });
  }

  /** A note; `undefined` where there is none of this name. */
  async get(owner: number, name: string, requestId?: string): Promise<StoredNote | undefined> {
    if (!this.#isOwner(owner)) throw await this.#unknown('GET', noteUri(owner, name), requestId);
    return this.#ledger.submit({ kind: 'get-note', owner, name, requestId });
  }

  /** Removes a note. */
  async delete(
    owner: number,
    name: string,
    condition?: NoteCondition,
    requestId?: string,
  ): Promise<DeleteNoteOutcome> {
    if (!this.#isOwner(owner)) throw await this.#unknown('DELETE', noteUri(owner, name), requestId);
    return this.#ledger.submit({ kind: 'delete-note', owner, name, condition, requestId });
  }

  /** The notes whose names are after `after`, in the order of their bytes, at most `limit`. */
  async list(
    owner: number,
    after: string,
    limit: number,
    requestId?: string,
  ): Promise<readonly ListedNote[]> {
    if (!this.#isOwner(owner)) throw await this.#unknown('GET', notesUri(owner), requestId);
    return this.#ledger.submit({ kind: 'list-notes', owner, after, limit, requestId });
  }

  /** Adds to the number that a note is. @param mayCreate where there is none of this name, it begins with 0 */
  async count(
    owner: number,
    name: string,
    by: bigint,
    mayCreate: boolean,
    requestId?: string,
  ): Promise<CountNoteAnswer> {
    if (!this.#isOwner(owner)) throw await this.#unknown('PUT', noteUri(owner, name), requestId);
    return this.#ledger.submit({ kind: 'count-note', owner, name, by, mayCreate, requestId });
  }

  #isOwner(owner: number): boolean {
    return owner === LOTTERY_OWNER || this.#ledger.isAgency(owner);
  }

  #unknown(action: AuditAction, uri: string, requestId: string | undefined): Promise<unknown> {
    return this.#ledger.unknownAgency(action, uri, requestId);
  }
}
