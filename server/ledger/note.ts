/**
 * Notes: values under names, of an agency or of the lottery. They can be replaced and removed, unlike bets, and the draw
 * never looks at them.
 */
import type { LogPlace } from './log_place';

/** The owner of the lottery's own notes; an agency's notes belong to its number. */
export const LOTTERY_OWNER = 0;

/** How many notes one owner may have. */
export const MAX_NOTES = 1_000;
/** The bytes of the names and values of one owner's notes, together. */
export const MAX_NOTES_BYTES = 64 * 1024 * 1024;
/** How many notes are written by one operation at most. */
export const MAX_NOTES_AT_ONCE = 1_024;
/** The flags of a note are an unsigned number of 32 bits. */
export const MAX_NOTE_FLAGS = 0xffff_ffff;
/** The largest number that a note can be counted up to: that of 64 bits. */
export const MAX_NOTE_NUMBER = 0xffff_ffff_ffff_ffffn;

const NOTE_NAME = /^[A-Za-z0-9._~:-]{1,200}$/;
/** What the name of a note may be, in words. */
export const NOTE_NAME_RULE = '1 to 200 letters, digits and . _ ~ : -';

/** A value that {@link isNoteNumber} takes, as text. */
const NUMBER = /^[0-9]{1,20}$/;

/** Whether a text can be the name of a note. */
export function isNoteName(text: string): boolean {
  return NOTE_NAME.test(text);
}

/** The number that a value is: 1 to 20 decimal digits, at most {@link MAX_NOTE_NUMBER}; `undefined` for any other value. */
export function noteNumber(value: Uint8Array): bigint | undefined {
  // No longer text is looked at.
  const text = value.length > 20 ? '' : Buffer.from(value).toString('latin1');
  const number = NUMBER.test(text) ? BigInt(text) : undefined;
  return number !== undefined && number <= MAX_NOTE_NUMBER ? number : undefined;
}

/** What a note that is counted by `by` becomes: nothing is below 0. `undefined` where it would be too large. */
export function countedNote(number: bigint, by: bigint): bigint | undefined {
  const counted = number + by < 0n ? 0n : number + by;
  return counted <= MAX_NOTE_NUMBER ? counted : undefined;
}

/** A note to be written. */
export interface NewNote {
  /** As {@link isNoteName} takes it. */
  readonly name: string;
  /** `submit` copies it before it returns: the bytes may change then. */
  readonly value: Buffer;
  /** What a client keeps beside the value: 0 to {@link MAX_NOTE_FLAGS}. */
  readonly flags: number;
}

/** A stored note. */
export interface StoredNote {
  readonly value: Buffer;
  readonly flags: number;
  /** Where it was written last: two values that a name had at different times have different places. */
  readonly place: LogPlace;
}

/** A note in a list. */
export interface ListedNote {
  readonly name: string;
  /** The bytes of its value. */
  readonly bytes: number;
  readonly place: LogPlace;
}

/** What must be true of a note before it is written or removed: there is none, there is one, or the one of this place. */
export type NoteCondition = 'absent' | 'present' | LogPlace;

/** What became of notes that were to be written: all of them are, or none. */
export type PutNotesAnswer =
  /** `areNew`: for each, whether there was none of its name. */
  | { readonly outcome: 'stored'; readonly place: LogPlace; readonly areNew: readonly boolean[] }
  /** The condition is not met. */
  | { readonly outcome: 'not-met' }
  /** The owner would have too many notes, or too long ones. */
  | { readonly outcome: 'full' };

/** What became of a note that was to be removed. */
export const DELETE_NOTE_OUTCOMES = ['deleted', 'missing', 'not-met'] as const;

/** One of {@link DELETE_NOTE_OUTCOMES}. */
export type DeleteNoteOutcome = (typeof DELETE_NOTE_OUTCOMES)[number];

/** What became of a note that was to be counted. */
export type CountNoteAnswer =
  | {
      readonly outcome: 'stored';
      readonly place: LogPlace;
      /** What it is now. */
      readonly number: bigint;
      /** Whether there was none of its name. */
      readonly isNew: boolean;
    }
  /** There is none of its name, and none was to be made. */
  | { readonly outcome: 'missing' }
  /** Its value is no number, or what it was to become is too large for one. */
  | { readonly outcome: 'no-number' }
  | { readonly outcome: 'full' };

/** Whether a note is as a condition wants it. @param place of the note; `undefined` where there is none */
export function meetsCondition(place: LogPlace | undefined, condition: NoteCondition | undefined): boolean {
  if (condition === undefined) return true;
  if (condition === 'absent') return place === undefined;
  if (place === undefined) return false;
  return (
    condition === 'present' ||
    (condition.sequence === place.sequence && condition.position === place.position)
  );
}

/** Whether an owner may have so many notes, whose names and values are so long together. */
export function isWithinBounds(notes: number, bytes: number): boolean {
  return notes <= MAX_NOTES && bytes <= MAX_NOTES_BYTES;
}
