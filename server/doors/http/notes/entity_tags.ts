/** Notes' entity tags, and the conditions that requests set with them (RFC 9110, 8.8.3 and 13.1). */
import type { IncomingHttpHeaders } from 'node:http';

import type { NoteCondition } from '../../../ledger/note';
import { LogPlace, NOWHERE } from '../../../ledger/log_place';
import { Refusal } from '../refusals/problem';

const NOTE_TAG = /^"(0|[1-9][0-9]{0,15})\.(0|[1-9][0-9]{0,15})"$/;
/** Any entity tag, of whatever server. */
const ANY_TAG = /(?:W\/)?"[^"]*"/g;

/** The entity tag of a note that was written at a place. It is strong: another value has another one. */
export function entityTag({ sequence, position }: LogPlace): string {
  return `"${sequence}.${position}"`;
}

/**
 * What a PUT wants of the note that it writes: `If-None-Match: *` that there is none, `If-Match` that it is the one of a
 * tag, or any.
 *
 * @throws Refusal `bad-request` for both at once, for another If-None-Match, and for an If-Match with several tags
 */
export function conditionOfPut(headers: IncomingHttpHeaders): NoteCondition | undefined {
  const { 'if-match': match, 'if-none-match': noneMatch } = headers;
  if (noneMatch === undefined) return conditionOfMatch(match);
  if (noneMatch !== '*') throw new Refusal('bad-request', 'the If-None-Match of a PUT is *');
  if (match !== undefined)
    throw new Refusal('bad-request', 'a request has If-Match or If-None-Match, not both');
  return 'absent';
}

/** What a DELETE wants of the note that it removes. @throws Refusal `bad-request` as for {@link conditionOfPut} */
export function conditionOfDelete(headers: IncomingHttpHeaders): NoteCondition | undefined {
  requireNoCondition(headers, 'if-none-match');
  return conditionOfMatch(headers['if-match']);
}

/** Requires that a request has no such condition: it could not be kept. @throws Refusal `bad-request` */
export function requireNoCondition(
  headers: IncomingHttpHeaders,
  ...names: readonly ('if-match' | 'if-none-match')[]
): void {
  if (names.every((name) => headers[name] === undefined)) return;
  const told = names.map((name) => (name === 'if-match' ? 'If-Match' : 'If-None-Match')).join(' and ');
  throw new Refusal('bad-request', `there is no ${told} here`);
}

/** Whether an If-None-Match lists a tag, or any: then a GET has nothing new to give. */
export function isListed(noneMatch: string | undefined, tag: string): boolean {
  if (noneMatch === undefined) return false;
  if (noneMatch === '*') return true;
  return (noneMatch.match(ANY_TAG) ?? []).some((listed) => listed.replace(/^W\//, '') === tag);
}

function conditionOfMatch(match: string | undefined): NoteCondition | undefined {
  if (match === undefined) return undefined;
  if (match === '*') return 'present';
  if ((match.match(ANY_TAG) ?? []).length > 1) {
    throw new Refusal('bad-request', 'an If-Match has one entity tag here');
  }
  return placeOf(match) ?? NOWHERE;
}

/** The place in a note's tag; `undefined` for any other. A weak one never matches (RFC 9110, 13.1.1). */
function placeOf(tag: string): LogPlace | undefined {
  const [, sequence, position] = NOTE_TAG.exec(tag) ?? [];
  const place = { sequence: Number(sequence), position: Number(position) };
  return Number.isSafeInteger(place.sequence) && Number.isSafeInteger(place.position) ? place : undefined;
}
