/** What must be answered about notes. */
import { STATUS_OF_DELETE_NOTE } from '../../../server/ledger/operation_line';
import type { LedgerCalls } from '../../../server/ledger/testing/ledger_calls';
import type { Answer, NoteRequest } from './operation';

const NOT_FOUND: Answer = { status: 404, code: 'not-found' };
const NOT_MET: Answer = { status: 412, code: 'precondition-failed' };
const FULL: Answer = { status: 507, code: 'notes-full' };

/** Carries an operation on notes out. */
export async function carryOutOnNotes(
  ledger: LedgerCalls,
  request: NoteRequest,
  requestId: string,
): Promise<Answer> {
  const { owner } = request;
  switch (request.kind) {
    case 'put-note':
    case 'post-notes':
      return put(ledger, request, requestId);
    case 'get-note': {
      const note = await ledger.getNote(owner, request.name, requestId);
      return note === undefined ? NOT_FOUND : { status: 200, text: note.value.toString() };
    }
    case 'delete-note': {
      const outcome = await ledger.deleteNote(owner, request.name, undefined, requestId);
      return outcome === 'deleted'
        ? { status: STATUS_OF_DELETE_NOTE.deleted, name: request.name, outcome }
        : NOT_FOUND;
    }
    case 'count-note': {
      const answer = await ledger.countNote(owner, request.name, 1n, true, requestId);
      if (answer.outcome === 'full') return FULL;
      if (answer.outcome !== 'stored') return { status: 409, code: 'not-a-number' };
      return { status: answer.isNew ? 201 : 200, name: request.name, value: String(answer.number) };
    }
    case 'list-notes': {
      const notes = await ledger.listNotes(owner, '', 100, requestId);
      return { status: 200, notes: notes.map(({ name, bytes }) => ({ name, bytes })), next: null };
    }
  }
}

async function put(
  ledger: LedgerCalls,
  request: Extract<NoteRequest, { kind: 'put-note' | 'post-notes' }>,
  requestId: string,
): Promise<Answer> {
  const isOne = request.kind === 'put-note';
  const values = isOne ? { [request.name]: request.value } : request.values;
  const condition = isOne ? request.condition : undefined;
  const answer = await ledger.putNotes(request.owner, values, condition, requestId);
  if (answer.outcome === 'full') return FULL;
  if (answer.outcome === 'not-met') return NOT_MET;
  const created = answer.areNew.filter((isNew) => isNew).length;
  const status = created > 0 ? 201 : 200;
  if (!isOne) return { status, stored: answer.areNew.length, created };
  const bytes = Buffer.byteLength(request.value);
  return { status, isStored: true, name: request.name, bytes, outcome: created > 0 ? 'created' : 'replaced' };
}
