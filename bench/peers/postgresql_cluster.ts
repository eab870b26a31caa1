/** A PostgreSQL of the benchmark's own. */
import { execFile } from 'node:child_process';
import { chownSync, mkdirSync } from 'node:fs';
import { resolve } from 'node:path';

import { OperationError } from '../../program/exit';
import { RunningServer } from '../contestants';
import { findProgram, versionOf } from './find_program';
import { otherUser } from './other_user';
import { ServerProcess, User } from './server_process';
import { freePort } from '../../tools/free_port';
import { prepared } from './starting';
import { POSTGRESQL_USER, PostgresqlWire } from './wires/postgresql_wire';

const INITDB_TIMEOUT_MS = 60_000;
/** Ends its clients, then itself; SIGTERM would let it wait for them. */
const STOP_SIGNAL = 'SIGINT';

/** PostgreSQL's programs on this machine. */
export interface PostgresqlPrograms {
  readonly initdb: string;
  readonly server: string;
  readonly version: string;
}

/** @throws OperationError when it is not installed */
export function findPostgresql(): PostgresqlPrograms {
  const programs = { initdb: findProgram('initdb'), server: findProgram('postgres') };
  return { ...programs, version: versionOf(programs.server) };
}

/**
 * Makes a fresh cluster with the default settings, syncing included, and starts it on a free port of the loopback
 * address.
 *
 * @param folder where it lies
 * @param request what is asked of it before it is handed out, if anything
 */
export async function startCluster(
  programs: PostgresqlPrograms,
  folder: string,
  request?: Buffer,
): Promise<RunningServer> {
  const user = otherUser();
  const data = resolve(folder, 'postgresql');
  mkdirSync(data, { mode: 0o700 });
  if (user !== undefined) {
    for (const owned of [folder, data]) chownSync(owned, user.uid, user.gid);
  }
  await makeCluster(programs.initdb, data, user);
  const port = await freePort();
  const server = new ServerProcess(programs.server, settings(data, port), user, STOP_SIGNAL);
  return prepared(server, port, { createWire, ...(request !== undefined && { request }) });
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
