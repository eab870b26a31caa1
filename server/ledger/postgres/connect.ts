/**
 * Connecting to one of the hosts of a `DATABASE_URL`: which are tried, and what their errors mean to the one who waits.
 */
import { Client, DatabaseError, types } from 'pg';

import { ConfigurationError, oneLine, OperationError } from '../../../program/exit';
import {
  DATABASE_URL_FORM,
  DatabaseAddress,
  DatabaseHost,
  parseDatabaseUrl,
} from '../../../program/database_url';
import { findPassword } from './password';
import { databaseTlsMistake, TlsAttempts, tlsAttempts, TlsOptions } from './tls_options';

/** How long connecting to one host may take, its first statements included, unless the settings say otherwise. */
export const DEFAULT_CONNECT_TIMEOUT_MS = 2_000;

/** Where the database is. */
export interface ConnectSettings {
  /** A connection URI as libpq's, see database_url.ts. */
  readonly url: string;
  /** Where the URL was found, for the errors that name it. */
  readonly urlFrom?: string | undefined;
  /** How long connecting to one host may take; `connect_timeout` in the URL wins. 2 s if left out. */
  readonly connectTimeoutMs?: number | undefined;
}

/** No host can be used now; it may pass by itself. */
export class DatabaseUnreachable extends Error {
  override readonly name = 'DatabaseUnreachable';
}

/** SQLSTATE classes of a mistake in the settings: a refused login, no such database, wrong options, no right to connect. */
const MISTAKE = /^(28|3D|22|42|0A)/;
/**
 * SQLSTATE classes and codes of what is over soon, or when somebody has mended it: no connection, resources (the disk,
 * the number of connections), locks, a database that starts or stops, or takes no changes.
 */
const PASSING = /^(08|40|53|55|57P|58|25006)/;
/** A login that the host refuses for the way in which it is connected. */
const WRONG_WAY_IN = '28000';

/**
 * Tries the hosts in turn until one can be used. A login that is refused ends it, as it does for libpq.
 *
 * @param use makes a connection of a client that is not connected yet; whatever it raises counts against the host
 * @param stop ends it at once
 * @throws ConfigurationError when the URL, a file that it names or its login is wrong, or no certificate is as it must be
 * @throws OperationError that `use` has raised
 * @throws DatabaseUnreachable when no host can be used now
 */
export async function connectToFirst<Connected>(
  settings: ConnectSettings,
  use: (client: Client) => Promise<Connected>,
  stop?: AbortSignal,
): Promise<Connected> {
  const place = placeOf(settings);
  const address = parseDatabaseUrl(settings.url, place);
  const timeoutMs = address.connectTimeoutMs ?? settings.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS;
  const reasons: string[] = [];
  let isMistake = false;
  for (const host of address.hosts) {
    const label = labelOf(host);
    const isTlsMistake = (error: unknown): boolean => databaseTlsMistake(error, address, host) !== undefined;
    try {
      return await inTurn(tlsAttempts(address, host, place), isTlsMistake, (tls) =>
        bounded(newClient(address, host, tls, place), use, timeoutMs, stop),
      );
    } catch (error) {
      stop?.throwIfAborted();
      if (error instanceof ConfigurationError || error instanceof OperationError) throw error;
      const reason = `${label}: ${databaseTlsMistake(error, address, host) ?? reasonOf(error)}`;
      if (isRefusal(error)) throw new ConfigurationError(`${place}: ${reason}${hintOf(error)}`);
      if (isTlsMistake(error)) isMistake = true;
      reasons.push(reason);
    }
  }
  const said = reasons.join('; ');
  throw isMistake ? new ConfigurationError(`${place}: ${said}`) : new DatabaseUnreachable(said);
}

/** An error of the database as {@link DatabaseUnreachable} when it passes by itself; any other one as it is. */
export function asPassing(error: unknown): unknown {
  const isPassing = error instanceof DatabaseError && PASSING.test(error.code ?? '');
  return isPassing ? new DatabaseUnreachable(oneLine(error)) : error;
}

/** The place and key of the URL, as an error begins. */
export function placeOf({ urlFrom }: Pick<ConnectSettings, 'urlFrom'>): string {
  return urlFrom === undefined ? 'DATABASE_URL' : `${urlFrom}: DATABASE_URL`;
}

/** The other way in is tried when TLS is refused, or the login is for the way that was taken: `prefer` and `allow`. */
async function inTurn<Connected>(
  [first, second]: TlsAttempts,
  isTlsMistake: (error: unknown) => boolean,
  open: (tls: TlsOptions) => Promise<Connected>,
): Promise<Connected> {
  try {
    return await open(first);
  } catch (error) {
    const isWrongWayIn = error instanceof DatabaseError && error.code === WRONG_WAY_IN;
    if (second === undefined || !(isWrongWayIn || isTlsMistake(error))) throw error;
    return open(second);
  }
}

async function bounded<Connected>(
  client: Client,
  use: (client: Client) => Promise<Connected>,
  timeoutMs: number,
  stop: AbortSignal | undefined,
): Promise<Connected> {
  const end = (error: Error): void => void client.connection.stream.destroy(error);
  const onStop = (): void => end(new Error('the program is to stop'));
  const timer = setTimeout(() => end(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  try {
    stop?.throwIfAborted();
    stop?.addEventListener('abort', onStop, { once: true });
    return await use(client);
  } finally {
    clearTimeout(timer);
    stop?.removeEventListener('abort', onStop);
  }
}

function newClient(address: DatabaseAddress, host: DatabaseHost, tls: TlsOptions, place: string): Client {
  const client: Client = new Client({
    ...host,
    user: address.user,
    database: address.database,
    // Called only when the host asks for one.
    password: (): string => passwordOf(address, client, place),
    // A Unix socket has no TLS, as for libpq.
    ssl: host.host.startsWith('/') ? false : tls,
    sslnegotiation: address.isSslDirect && tls !== false ? 'direct' : 'postgres',
    application_name: address.applicationName ?? 'lottery',
    options: address.options,
    keepAlive: true,
  });
  // A ledger has no number that JavaScript does not hold exactly.
  client.setTypeParser(types.builtins.INT8, Number);
  return client;
}

function passwordOf(
  address: DatabaseAddress,
  { host, port, user = '', database = user }: Pick<Client, 'host' | 'port' | 'user' | 'database'>,
  place: string,
): string {
  const password = address.password ?? findPassword({ host, port, user, database });
  if (password !== undefined) return password;
  throw new ConfigurationError(
    `${place}: ${labelOf({ host, port })}: the database asks for a password of the role "${user}", and none is given: ` +
      DATABASE_URL_FORM,
  );
}

function isRefusal(error: unknown): boolean {
  return error instanceof DatabaseError && MISTAKE.test(error.code ?? '');
}

function hintOf(error: unknown): string {
  return /no encryption/.test(oneLine(error)) ? ' (sslmode=verify-full or require in the URL encrypts)' : '';
}

function reasonOf(error: unknown): string {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (error instanceof DatabaseError || code === undefined) return oneLine(error);
  // Which address of a name it was is told by the name.
  return syscall === undefined ? code : `${syscall} ${code}`;
}

function labelOf({ host, port }: DatabaseHost): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
