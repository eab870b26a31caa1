import { execFile } from 'node:child_process';
import { chownSync, mkdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { OperationError } from '../../program/exit';
import { Contestant, RunningServer } from '../contestants';
import { findProgram, versionOf } from './find_program';
import { ServerProcess, User } from './server_process';
import { freePort, prepared } from './starting';
import { POSTGRESQL_USER, PostgresqlWire, query } from './wires/postgresql_wire';

const INITDB_TIMEOUT_MS = 60_000;
/** Who it runs as when we are root, which it refuses: the first of these that there is. */
const OTHER_USERS = ['postgres', 'nobody'];
const TABLE = `CREATE TABLE bets (
  agency integer, bet_id bigint, first_name text, last_name text, document text, birthdate date, number smallint
)`;

/**
 * PostgreSQL in a fresh cluster with its default settings: a row for each bet, a COPY and a commit for each batch.
 * The next COPY is sent while the one before runs, as with every other store, though its usual clients do not.
 *
 * @throws OperationError when it is not installed
 */
export function postgresql(): Contestant {
  const programs = { initdb: findProgram('initdb'), server: findProgram('postgres') };
  return {
    name: `PostgreSQL ${versionOf(programs.server)}`,
    promise: 'synced; a batch that comes again is kept twice; numbers and dates checked',
    wire: 'postgresql',
    start: (folder) => start(programs, folder),
  };
}

async function start(
  programs: { readonly initdb: string; readonly server: string },
  folder: string,
): Promise<RunningServer> {
  const user = otherUser();
  const data = resolve(folder, 'postgresql');
  mkdirSync(data, { mode: 0o700 });
  if (user !== undefined) {
    for (const owned of [folder, data]) chownSync(owned, user.uid, user.gid);
  }
  await makeCluster(programs.initdb, data, user);
  const port = await freePort();
  const server = new ServerProcess(programs.server, settings(data, port), user);
  return prepared(server, port, { createWire, request: query(TABLE) });
}

function createWire(): PostgresqlWire {
  return new PostgresqlWire({ agency: 0, bets: Buffer.alloc(0), places: 1 });
}

function settings(data: string, port: number): string[] {
  const values = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    fsync: 'on',
    synchronous_commit: 'on',
  };
  return ['-D', data, ...Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

function makeCluster(initdb: string, data: string, user: User | undefined): Promise<void> {
  const words = ['-D', data, '-U', POSTGRESQL_USER, '--auth=trust', '--encoding=UTF8', '--locale=C'];
  return new Promise((resolve, reject) => {
    const options = { cwd: '/', timeout: INITDB_TIMEOUT_MS, ...user };
    execFile(initdb, [...words, '--no-sync', '--no-instructions'], options, (error, _output, errors) => {
      if (error === null) resolve();
      else reject(new OperationError(`initdb has failed: ${errors.trim() || error.message}`));
    });
  });
}

/** @throws OperationError when we are root and there is nobody else to run as */
function otherUser(): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const wanted of OTHER_USERS) {
    const [, , uid, gid] = lines.find((line) => line.startsWith(`${wanted}:`))?.split(':') ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new OperationError(`it does not run as root, and there is no user ${OTHER_USERS.join(' or ')}`);
}
