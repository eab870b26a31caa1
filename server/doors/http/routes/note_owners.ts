/** The two places where notes are: those of an agency, and those of the lottery. */
import type { HttpContext } from '../context';
import type { ProblemCode } from '../refusals/problem';
import { ApiOperation, apiOptions } from './api_route';
import { AGENCY_NOTES_PATH, LOTTERY_NOTES_PATH } from './paths';

/** The notes of an owner, or of any of the agencies. */
export interface NoteOwner {
  /** The path of its notes. */
  readonly path: string;
  /** What its operations are called: `getNote` or `getAgencyNote`. */
  readonly title: 'Note' | 'AgencyNote';
  /** What the paths identify. */
  readonly namesOfNotes: ApiOperation['names'];
  readonly namesOfNote: ApiOperation['names'];
  /** Whether all may read them. */
  readonly isOpen: boolean;
  /** What can be refused whatever is asked for. */
  readonly refusals: readonly ProblemCode[];
}

/** Everybody may read the lottery's notes; an agency's are for those who may see what is its own. */
export const NOTE_OWNERS: readonly NoteOwner[] = [
  {
    path: AGENCY_NOTES_PATH,
    title: 'AgencyNote',
    namesOfNotes: 'agency',
    namesOfNote: 'note of an agency',
    isOpen: false,
    refusals: ['not-found', 'unknown-agency'],
  },
  {
    path: LOTTERY_NOTES_PATH,
    title: 'Note',
    namesOfNotes: 'nothing',
    namesOfNote: 'note',
    isOpen: true,
    refusals: [],
  },
];

/** An operation on notes, of whichever owner. */
export interface NoteOperation extends Omit<ApiOperation, 'operationId' | 'names' | 'access'> {
  /** What it does, and to what: the first and the last part of its name. */
  readonly verb: string;
  readonly plural?: 's' | '';
  readonly reads: boolean;
}

/** The options of a route of notes. @param isOfOne whether its path names a note */
export function noteOptions(
  context: HttpContext,
  owner: NoteOwner,
  isOfOne: boolean,
  operation: NoteOperation,
) {
  const { verb, plural = '', reads, refusals, ...more } = operation;
  return apiOptions(context, {
    ...more,
    operationId: `${verb}${owner.title}${plural}`,
    names: isOfOne ? owner.namesOfNote : owner.namesOfNotes,
    access: !reads ? 'writing' : owner.isOpen ? 'open' : 'reading',
    refusals: [...(isOfOne ? (['not-found'] as const) : []), ...owner.refusals, ...refusals],
  });
}
