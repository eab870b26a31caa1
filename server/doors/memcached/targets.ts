/** What a key is about: a path of the API, or a note. */
import {
  AGENCIES_URI,
  agencyUri,
  batchUri,
  DRAW_URI,
  finishUri,
  noteUri,
  NOTES_URI,
  winnersUri,
} from '../../ledger/audit_line';
import { isNoteName, LOTTERY_OWNER, NOTE_NAME_RULE } from '../../ledger/note';
import { MAX_BATCH_ID } from '../../../protocol/limits';
import { Refusal } from '../http/refusals/problem';

/** A note of an owner. */
export interface NoteTarget {
  readonly kind: 'note';
  readonly owner: number;
  readonly name: string;
}

/** What a key is about. */
export type Target =
  | NoteTarget
  | { readonly kind: 'draw' | 'agencies' }
  | { readonly kind: 'agency' | 'finish' | 'winners'; readonly agency: number }
  | { readonly kind: 'batch'; readonly agency: number; readonly batchId: number };

const PATH = new RegExp(
  `^${AGENCIES_URI}/([1-9][0-9]{0,14})(?:/(finish|winners)|/batches/([1-9][0-9]{0,14})|${NOTES_URI}/(.+))?$`,
);
const LOTTERY_NOTE = new RegExp(`^${NOTES_URI}/(.+)$`);

/**
 * What a key is about: one that begins with `/` is a path of the API, any other a note.
 *
 * @param owner whose notes those without a path are
 * @throws Refusal `bad-request` for what cannot be the name of a note, `not-found` for a path that there is not
 */
export function targetOf(key: string, owner: number): Target {
  if (!key.startsWith('/')) return noteOf(owner, key);
  if (key === DRAW_URI) return { kind: 'draw' };
  if (key === AGENCIES_URI) return { kind: 'agencies' };
  const [, lotteryNote] = LOTTERY_NOTE.exec(key) ?? [];
  if (lotteryNote !== undefined) return noteOf(LOTTERY_OWNER, lotteryNote);
  const [, agencyText, part, batchText, name] = PATH.exec(key) ?? [];
  if (agencyText === undefined) throw new Refusal('not-found', 'there is no such path');
  const agency = Number(agencyText);
  if (name !== undefined) return noteOf(agency, name);
  if (batchText !== undefined) return batchOf(agency, Number(batchText));
  return part === 'finish' || part === 'winners' ? { kind: part, agency } : { kind: 'agency', agency };
}

/** What the audit log calls it. */
export function uriOf(target: Target): string {
  switch (target.kind) {
    case 'note':
      return noteUri(target.owner, target.name);
    case 'batch':
      return batchUri(target.agency, target.batchId);
    case 'finish':
      return finishUri(target.agency);
    case 'winners':
      return winnersUri(target.agency);
    case 'agency':
      return agencyUri(target.agency);
    case 'agencies':
      return AGENCIES_URI;
    case 'draw':
      return DRAW_URI;
  }
}

function noteOf(owner: number, name: string): NoteTarget {
  if (isNoteName(name)) return { kind: 'note', owner, name };
  throw new Refusal('bad-request', `a key is ${NOTE_NAME_RULE}, or a path of the API`);
}

function batchOf(agency: number, batchId: number): Target {
  if (batchId > MAX_BATCH_ID) throw new Refusal('not-found', `a batch id is 1 to ${MAX_BATCH_ID}`);
  return { kind: 'batch', agency, batchId };
}
