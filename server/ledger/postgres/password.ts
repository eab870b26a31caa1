/**
 * The password of a connection, where the URL has none: that of `PGPASSWORD`, or of the password file, as libpq has it.
 * Source: PostgreSQL's documentation, "The Password File" (libpq).
 */
import { homedir } from 'node:os';
import { join } from 'node:path';

import type { DatabaseHost } from '../../../program/database_url';
import { readSmallFile } from '../../../program/small_file';

const FIELD = /((?:\\.|[^\\:])*)(?::|$)/gs;
const FIELDS = 5;
const MAX_BYTES = 1024 * 1024;

/** Who wants to connect to what. */
export interface Login extends DatabaseHost {
  readonly user: string;
  readonly database: string;
}

/**
 * Finds the password of a login outside of its URL.
 *
 * @returns `undefined` where there is none; a file that others may read counts as none, as for libpq
 */
export function findPassword(login: Login, environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const given = environment['PGPASSWORD'];
  if (given !== undefined && given !== '') return given;
  const file = environment['PGPASSFILE'] ?? join(homedir(), '.pgpass');
  const host = login.host.startsWith('/') ? 'localhost' : login.host;
  const wanted = [host, String(login.port), login.database, login.user];
  for (const line of linesOf(file)) {
    const fields = fieldsOf(line);
    const isMeant = wanted.every((value, index) => fields[index] === '*' || fields[index] === value);
    if (fields.length === FIELDS && isMeant) return fields[FIELDS - 1];
  }
  return undefined;
}

function linesOf(file: string): readonly string[] {
  try {
    const { bytes, mode } = readSmallFile(file, MAX_BYTES);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) return [];
    return bytes
      .toString()
      .split(/\r?\n/)
      .filter((line) => line !== '' && !line.startsWith('#'));
  } catch {
    return [];
  }
}

function fieldsOf(line: string): readonly string[] {
  return [...line.matchAll(FIELD)].slice(0, FIELDS).map(([, field = '']) => field.replace(/\\(.)/gs, '$1'));
}
