/** Clients that play: each writes a note, reads it, compares, and removes it. */
import { setMaxListeners } from 'node:events';

import { oneLine, OperationError } from '../../../program/exit';
import { noteUri } from '../../../server/ledger/audit_line';
import { MAX_NOTES } from '../../../server/ledger/note';
import { Refused, requireGood } from '../api/answers';
import { ApiAnswer, ApiClient, ApiRequest, NoAnswer } from '../api/api_client';
import { listNotes } from '../note_names';
import { RandomNote, randomNote } from './random_note';

/** The most clients of one play. */
export const MAX_CLIENTS = 1_000;
/** So many of them play at a time, each on a connection of its own. */
export const CLIENTS_AT_A_TIME = 100;
/** Keys are random: so often another one is taken when somebody has a note of that name. */
const MAX_KEYS_TRIED = 20;
/** So many different reasons are told. */
const MAX_REASONS = 5;
const OTHER_REASON = 'for other reasons';
/** When the console ends, so much time is left to get the answer to a write, and to remove what was written. */
const REMOVAL_MS = 300;

/** Who plays, and where. */
export interface PlayPlan {
  readonly api: ApiClient;
  /** Whose notes are written. */
  readonly owner: number;
  readonly clients: number;
  /** Aborted to let no further client begin; those that have begun go on to their end. */
  readonly stop: AbortSignal;
  /** Aborted to end them at once; what they have written is removed if that can be done in a moment. */
  readonly end: AbortSignal;
}

/** How far a play is, or how it has ended. */
export interface PlayState {
  readonly played: number;
  /** Those that have read what they had written. */
  readonly agreed: number;
  readonly requests: number;
  /** How many have failed, by the reason. */
  readonly failures: ReadonlyMap<string, number>;
  /** Notes that could not be removed. */
  readonly leftOver: number;
  readonly atATime: number;
}

/**
 * Lets clients play. No note of anybody else is overwritten or removed.
 *
 * @param onStart given the state, which changes as the clients go on
 * @throws OperationError when there is no room for a note, or that cannot be known
 */
export async function playClients(plan: PlayPlan, onStart: (state: PlayState) => void): Promise<PlayState> {
  const free = MAX_NOTES - (await listNotes(plan.api, plan.owner, plan.stop)).length;
  if (free <= 0) throw new OperationError(`there is no room to play: ${MAX_NOTES} notes are there already`);
  const atATime = Math.min(plan.clients, free, CLIENTS_AT_A_TIME);
  const api = plan.api.withKeptConnections(atATime);
  const play = new Play({ ...plan, api }, atATime);
  try {
    onStart(play);
    await Promise.all(Array.from({ length: atATime }, () => play.playOn()));
    return play;
  } finally {
    api.close();
  }
}

class Play implements PlayState {
  readonly atATime: number;
  readonly failures = new Map<string, number>();
  played = 0;
  agreed = 0;
  requests = 0;
  leftOver = 0;
  readonly #plan: PlayPlan;
  /** Aborted a moment after the end, for all requests: a write that is cut off may be carried out behind its removal. */
  readonly #requestEnd = new AbortController();
  #begun = 0;

  constructor(plan: PlayPlan, atATime: number) {
    this.#plan = plan;
    this.atATime = atATime;
    // Each request listens to it.
    setMaxListeners(0, this.#requestEnd.signal);
    const { end } = plan;
    end.addEventListener('abort', () => void setTimeout(() => this.#requestEnd.abort(), REMOVAL_MS).unref());
  }

  /** One client after the other, until all have begun. */
  async playOn(): Promise<void> {
    while (this.#begun < this.#plan.clients && !this.#plan.stop.aborted && !this.#plan.end.aborted) {
      this.#begun++;
      try {
        if (await this.#play()) this.agreed++;
        else this.#fail('read something else than they had written');
      } catch (error) {
        if (!(error instanceof OperationError)) throw error;
        this.#fail(oneLine(error));
      }
      this.played++;
    }
  }

  async #play(): Promise<boolean> {
    const { note, tag } = await this.#write();
    try {
      if (this.#plan.end.aborted) throw new OperationError('stopped');
      const answer = await this.#ask({ method: 'GET', path: this.#pathOf(note) });
      return requireGood(answer).body.equals(note.value);
    } finally {
      await this.#remove(note, tag);
    }
  }

  /** Writes a note under a key that nobody has. @returns its entity tag, if it was told */
  async #write(): Promise<{ readonly note: RandomNote; readonly tag: string | undefined }> {
    for (let tried = 0; tried < MAX_KEYS_TRIED; tried++) {
      const note = randomNote();
      const headers = { 'content-type': 'application/octet-stream', 'if-none-match': '*' };
      const request = { method: 'PUT', path: this.#pathOf(note), headers, body: note.value } as const;
      const answer = await this.#ask(request).catch(async (error: unknown) => {
        if (error instanceof NoAnswer) await this.#removeOwn(note);
        throw error;
      });
      if (answer.status !== 412) return { note, tag: requireGood(answer).headers.etag };
    }
    throw new OperationError(`found no free key in ${MAX_KEYS_TRIED} tries`);
  }

  /** Removes what may have been written. Nobody else has this key and this value. */
  async #removeOwn(note: RandomNote): Promise<void> {
    try {
      const answer = await this.#ask({ method: 'GET', path: this.#pathOf(note) });
      if (answer.status === 404) return;
      if (requireGood(answer).body.equals(note.value)) await this.#remove(note, answer.headers.etag);
    } catch {
      this.leftOver++;
    }
  }

  /** Removes a note, unless somebody has written it since. */
  async #remove(note: RandomNote, tag: string | undefined): Promise<void> {
    try {
      const headers = tag === undefined ? {} : { 'if-match': tag };
      requireGood(await this.#ask({ method: 'DELETE', path: this.#pathOf(note), headers }));
    } catch (error) {
      // What somebody else has removed or replaced is not left over.
      if (!(error instanceof Refused && [404, 412].includes(error.status))) this.leftOver++;
    }
  }

  #ask(request: ApiRequest): Promise<ApiAnswer> {
    this.requests++;
    return this.#plan.api.ask(request, this.#requestEnd.signal);
  }

  #pathOf({ key }: RandomNote): string {
    return noteUri(this.#plan.owner, key);
  }

  #fail(reason: string): void {
    const isKnown = this.failures.has(reason) || this.failures.size < MAX_REASONS;
    const counted = isKnown ? reason : OTHER_REASON;
    this.failures.set(counted, (this.failures.get(counted) ?? 0) + 1);
  }
}
