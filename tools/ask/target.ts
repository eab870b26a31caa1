import { OperationError } from '../../program/exit';
import { noteUri } from '../../server/ledger/audit_line';
import { isNoteName, NOTE_NAME_RULE } from '../../server/ledger/note';

/** What a key is about. */
export interface Target {
  readonly path: string;
  /** The name of the note; `undefined` for a path that was written out. */
  readonly note: string | undefined;
}

const PATH = /^\/[\x21-\x7e]*$/;
const BATCH_PATH = /^\/agencies\/[0-9]+\/batches\/[0-9]+$/;

/**
 * What a key is about: one that begins with `/` is a path of the API, any other a note of the owner.
 *
 * @param owner an agency's number, or `LOTTERY_OWNER`
 * @throws OperationError for what is neither
 */
export function targetOf(key: string, owner: number): Target {
  if (PATH.test(key)) return { path: key, note: undefined };
  if (isNoteName(key)) return { path: noteUri(owner, key), note: key };
  throw new OperationError(
    `the key is wrong; allowed is the name of a note, ${NOTE_NAME_RULE}, or a path of the API, which begins with /`,
  );
}

/** The media type of what is written to a path: a batch is written as lines of CSV, anything else is bytes. */
export function mediaTypeOf(path: string): string {
  return BATCH_PATH.test(path) ? 'text/csv' : 'application/octet-stream';
}
