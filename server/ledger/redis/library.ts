/** The library of functions in the database: what a commit group runs there (functions/). */
import { createHash } from 'node:crypto';

import { besideCode } from '../../../program/own_files';
import { readScripts, withConstants } from '../remote/script_files';
import type { Connection } from './connection';
import { LIBRARY, LUA_CONSTANTS } from './database_constants';

/** The functions of one build of the server. */
export interface FunctionLibrary {
  /** What `FUNCTION LOAD` takes. */
  readonly script: string;
  /** SHA-256 of the functions, in hexadecimal digits: what tells one build's from another's. */
  readonly digest: string;
}

/** The files, in the order in which they need each other. */
const FILES = ['group.lua', 'sale.lua', 'batches.lua', 'notes.lua', 'commit.lua'];
const COMMENT_LINES = /^\s*--.*\n/gm;

/**
 * Reads the library. Comment lines are left out, so that a comment that is worded differently does not make it another
 * build's.
 *
 * @throws OperationError when the files cannot be read
 */
export function readLibrary(): FunctionLibrary {
  const texts = new Map(
    readScripts(besideCode('server/ledger/redis/functions'), '.lua').map(
      ({ name, text }) => [name, text] as const,
    ),
  );
  const text = FILES.map((name) => texts.get(name) ?? '')
    .join('')
    .replace(COMMENT_LINES, '');
  const digest = createHash('sha256')
    .update(withConstants(text, { ...LUA_CONSTANTS, DIGEST: '' }))
    .digest('hex');
  const script = withConstants(text, { ...LUA_CONSTANTS, DIGEST: digest });
  return { script: `#!lua name=${LIBRARY}\n${script}`, digest };
}

/** Puts the library into the database, in place of another build's. Functions that are running are not touched. */
export async function loadLibrary(connection: Connection, { script }: FunctionLibrary): Promise<void> {
  await connection.call(['FUNCTION', 'LOAD', 'REPLACE', script]);
}

/** Whether the database has a library of this name, whichever build's. */
export async function hasLibrary(connection: Connection): Promise<boolean> {
  const found = await connection.call(['FUNCTION', 'LIST', 'LIBRARYNAME', LIBRARY]);
  return Array.isArray(found) && found.length > 0;
}
