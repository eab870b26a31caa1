import type { PlacedNote } from '../../server/ledger/audit_reader';
import { noteUri } from '../../server/ledger/audit_line';

/** Which notes there are, and the segment in which each was written last. What they hold is not in the audit log. */
export class SequentialNotes {
  readonly #segments = new Map<string, number>();

  /** Whether there is a note of this name. */
  has(owner: number, name: string): boolean {
    return this.#segments.has(noteUri(owner, name));
  }

  /** Writes a note, new or in another's place. */
  put(owner: number, name: string, segment: number): void {
    this.#segments.set(noteUri(owner, name), segment);
  }

  /** Removes a note. */
  delete(owner: number, name: string): void {
    this.#segments.delete(noteUri(owner, name));
  }

  /**
   * Compares a note of the ledger with these, and forgets it, so that {@link rest} are those that the ledger lacks.
   *
   * @returns how it differs; `undefined` when it does not
   */
  compare({ owner, name, segment }: PlacedNote): string | undefined {
    const uri = noteUri(owner, name);
    const expected = this.#segments.get(uri);
    this.#segments.delete(uri);
    if (expected === undefined) return `${uri} is stored without a line`;
    if (expected === segment) return undefined;
    return `${uri} was written last in segment ${segment}, not ${expected}`;
  }

  /** The notes that {@link compare} has not come to. */
  get rest(): Iterable<string> {
    return this.#segments.keys();
  }
}
