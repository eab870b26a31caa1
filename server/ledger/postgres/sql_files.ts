/**
 * The SQL files beside this module: `migrations/` makes the tables, `functions/` what a commit group runs in the
 * database (remote/script_files.ts).
 */
import { createHash } from 'node:crypto';

import { OperationError } from '../../../program/exit';
import { besideCode } from '../../../program/own_files';
import { readScripts, ScriptFile, withConstants } from '../remote/script_files';
import { SQL_CONSTANTS } from './database_constants';

/** The functions in the database of one build of the server. */
export interface DatabaseFunctions {
  /** Their names. */
  readonly names: readonly string[];
  /** The statements that create them. */
  readonly script: string;
  /** SHA-256 of the script, in hexadecimal digits: what tells one build's functions from another's. */
  readonly digest: string;
}

const MIGRATION_NAME = /^([0-9]{4})_[a-z_]+\.sql$/;
const COMMENT_LINES = /^\s*--.*\n/gm;

/**
 * The migrations, in order: the first makes the tables from nothing, each other from those of the one before it. They
 * are taken as they stand, without placeholders: a released migration must not change with a constant.
 *
 * @throws OperationError when the files cannot be read, or are not numbered 0001, 0002, … without a gap
 */
export function readMigrations(): readonly string[] {
  return readFolder('migrations').map(({ name, text }, index) => {
    if (Number(MIGRATION_NAME.exec(name)?.[1]) === index + 1) return text;
    throw new OperationError(`the server's SQL files are not whole: ${name} is number ${index + 1}`);
  });
}

/**
 * The functions, with the constants in their places. Comment lines are left out, so that a comment that is worded
 * differently does not make it another build's function.
 *
 * @throws OperationError when the files cannot be read, or name a constant that there is not
 */
export function readFunctions(): DatabaseFunctions {
  const files = readFolder('functions');
  const script = files
    .map(({ text }) => withConstants(text, SQL_CONSTANTS).replace(COMMENT_LINES, ''))
    .join('');
  const names = files.map(({ name }) => name.replace(/\.sql$/, ''));
  return { names, script, digest: createHash('sha256').update(script).digest('hex') };
}

function readFolder(folder: string): readonly ScriptFile[] {
  return readScripts(besideCode(`server/ledger/postgres/${folder}`), '.sql');
}
