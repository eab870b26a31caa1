/** Whether bets reach the database in a way that others can read or answer in its place. */
import { DatabaseAddress, parseDatabaseUrl, sslModeFor } from '../program/database_url';
import { isThisMachine } from '../program/loopback';
import { parseRedisUrl } from '../program/redis_url';
import type { ServerConfiguration } from './config';

const READABLE = 'whoever can read on this network reads bets and can change them';
const VERIFY = 'sslmode=verify-full encrypts and verifies';

/** What an operator should know of the way to the database, as details of a log line. */
export type UnprotectedDatabase = { readonly reason: string } & (
  | { readonly plain_database: string }
  /** Encrypted, or perhaps so, and not known for who it says it is. */
  | { readonly unverified_database: string }
);

/**
 * The hosts of the ledger's database that are not of this machine and are not reached over verified TLS: their names, never
 * another part of the URL.
 *
 * @returns `undefined` where there is none
 */
export function unprotectedDatabase(configuration: ServerConfiguration): UnprotectedDatabase | undefined {
  switch (configuration.LEDGER) {
    case 'sqlite':
      return undefined;
    case 'redis':
      return unprotectedRedis(configuration.REDIS_URL ?? '');
    case 'postgres':
      return unprotectedPostgres(parseDatabaseUrl(configuration.DATABASE_URL ?? ''));
  }
}

function unprotectedRedis(url: string): UnprotectedDatabase | undefined {
  const { host, isEncrypted } = parseRedisUrl(url);
  if (isEncrypted || isThisMachine(host)) return undefined;
  return { plain_database: host, reason: `${READABLE}, and the password; rediss:// encrypts and verifies` };
}

function unprotectedPostgres(address: DatabaseAddress): UnprotectedDatabase | undefined {
  const others = address.hosts.filter(({ host }) => !isThisMachine(host));
  const names = others.map(({ host }) => host).join(', ');
  // Where no mode is given, these are verified.
  const mode = others[0] === undefined ? 'verify-full' : sslModeFor(address, others[0]);
  switch (mode) {
    case 'disable':
      return { plain_database: names, reason: `${READABLE}; ${VERIFY}` };
    case 'allow':
    case 'prefer':
      return {
        unverified_database: names,
        reason: `with sslmode=${mode} it need not be encrypted, and anybody may answer; ${VERIFY}`,
      };
    case 'require':
      if (address.sslRootCert !== undefined) return undefined;
      return { unverified_database: names, reason: `with sslmode=require anybody may answer; ${VERIFY}` };
    case 'verify-ca':
    case 'verify-full':
      return undefined;
  }
}
