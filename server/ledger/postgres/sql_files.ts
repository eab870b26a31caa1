/**
 * The SQL files beside this module: `migrations/` makes the tables, `functions/` what a commit group runs in the
 * database. The build copies them beside the compiled module (copy_sql.mjs).
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { OperationError, oneLine } from '../../../program/exit';
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
const PLACEHOLDER = /\$\{([^}]*)\}/g;
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
  const script = files.map(({ text }) => withConstants(text).replace(COMMENT_LINES, '')).join('');
  const names = files.map(({ name }) => name.replace(/\.sql$/, ''));
  return { names, script, digest: createHash('sha256').update(script).digest('hex') };
}

/**
 * Puts the constants' values in place of their names.
 *
 * @throws OperationError when a name is unknown
 */
export function withConstants(sql: string): string {
  return sql.replace(PLACEHOLDER, (placeholder, name: string) => {
    const value = Object.hasOwn(SQL_CONSTANTS, name) ? SQL_CONSTANTS[name] : undefined;
    if (value === undefined)
      throw new OperationError(`the server's SQL files name ${placeholder}, which is unknown`);
    return String(value);
  });
}

/** The SQL files of a folder, in the order of their names. */
function readFolder(folder: string): readonly { readonly name: string; readonly text: string }[] {
  const path = join(__dirname, folder);
  try {
    const names = readdirSync(path).filter((name) => name.endsWith('.sql'));
    return names.sort().map((name) => ({ name, text: readFileSync(join(path, name), 'utf8') }));
  } catch (error) {
    throw new OperationError(`the server's SQL files cannot be read: ${oneLine(error)}`);
  }
}
