/** A note, a checkpoint or a key that is not what it must be. Its message is one line that says what is wrong. */
export class NoteError extends Error {
  override readonly name = 'NoteError';
}
