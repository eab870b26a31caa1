/** The names of the notes, for completion: asked for now and then, since every question leaves a line in the audit log. */
import { notesUri } from '../../server/ledger/audit_line';
import { MAX_NOTES } from '../../server/ledger/note';
import { NOTE_LIST, valuesOf } from './api/answers';
import type { ApiClient } from './api/api_client';

const MAX_AGE_MS = 30_000;

/** Asks for the names of all notes of an owner. @throws OperationError when they are not told */
export async function listNotes(api: ApiClient, owner: number, stop: AbortSignal): Promise<string[]> {
  const answer = await api.ask({ method: 'GET', path: `${notesUri(owner)}?limit=${MAX_NOTES}` }, stop);
  return valuesOf(answer, NOTE_LIST).notes.map(({ name }) => name);
}

/** The names that are known. */
export class NoteNames {
  readonly #list: () => Promise<readonly string[]>;
  readonly #nowMs: () => number;
  #names = new Set<string>();
  #listedMs = -Infinity;

  /** @param list tells all names */
  constructor(list: () => Promise<readonly string[]>, nowMs: () => number = () => performance.now()) {
    this.#list = list;
    this.#nowMs = nowMs;
  }

  /** The names, not older than half a minute. @throws what the list is rejected with */
  async all(): Promise<readonly string[]> {
    if (this.#nowMs() - this.#listedMs > MAX_AGE_MS) {
      this.#names = new Set(await this.#list());
      this.#listedMs = this.#nowMs();
    }
    return [...this.#names];
  }

  /** A note was written. */
  add(name: string): void {
    this.#names.add(name);
  }

  /** A note was removed. */
  delete(name: string): void {
    this.#names.delete(name);
  }
}
