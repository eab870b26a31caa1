import { MAX_NOTE_NUMBER, MAX_NOTES, MAX_NOTES_BYTES } from '../../../ledger/note';
import { Refusal } from '../refusals/problem';

/** Why the ledger has not done what was asked for. */
export type NoteFailure = 'missing' | 'not-met' | 'no-number' | 'full';

/** The refusal for what the ledger has answered. */
export function refusalOf(failure: NoteFailure): Refusal {
  switch (failure) {
    case 'missing':
      return new Refusal('not-found', 'there is no note of this name', { isOrdinary: true });
    case 'not-met':
      return new Refusal('precondition-failed', 'the note is not as If-Match or If-None-Match wants it');
    case 'no-number':
      return new Refusal(
        'not-a-number',
        `the note is no decimal number, or would be over ${MAX_NOTE_NUMBER}`,
      );
    case 'full':
      return new Refusal(
        'notes-full',
        `an owner has at most ${MAX_NOTES} notes of ${MAX_NOTES_BYTES} bytes together`,
      );
  }
}
