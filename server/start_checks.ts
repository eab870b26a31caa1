/** What can be known of the settings before anything is opened, beyond what each value says by itself. */
import { createServer } from 'node:net';
import { dirname, resolve } from 'node:path';

import { ConfigurationError, oneLine } from '../program/exit';
import { isLoopbackAddress } from '../program/loopback';
import { statOf } from '../program/small_file';
import { chosenNumberOf, drawNumberOf } from './number_settings';
import { ALL_ADDRESSES, ServerKey, ServerSettings } from './config';
import { tlsDoorsOf } from './tls_settings';

/** Errors of the system that say that an address is none of this machine. */
const NOT_HERE = /^(EADDRNOTAVAIL|ENOTFOUND|EAI_|EINVAL|EAFNOSUPPORT)/;

/** Settings of the Redis alone. */
const REDIS_SETTINGS = ['REDIS_URL', 'REDIS_TLS_CA', 'REDIS_TLS_CERT', 'REDIS_TLS_KEY'] as const;
/** The files that only doors with TLS need. */
const TLS_FILES = [
  'SERVER_TLS_CERT',
  'SERVER_TLS_KEY',
  'SERVER_TLS_CLIENT_CA',
  'SERVER_TLS_CLIENT_CRL',
] as const;

/** Settings of receipts alone. */
const RECEIPTS_SETTINGS = ['RECEIPTS_ORIGIN', 'RECEIPTS_KEY', 'RECEIPTS_POLICY'] as const;

/** Settings of a number from a beacon alone. */
const BEACON_SETTINGS = ['DRAW_MARGIN', 'DRAW_BEACON_FILE', 'DRAW_BEACON_URLS'] as const;

/** A setting that was given and does nothing beside the others. */
export interface IdleSetting {
  readonly key: ServerKey;
  readonly reason: string;
}

/**
 * Checks that the settings can be meant together, and on this machine.
 *
 * @throws ConfigurationError in one line: place, key, value, what is allowed
 */
export async function checkAtStart(settings: ServerSettings): Promise<void> {
  requireTokensOfUse(settings);
  requireTokensOfMemcached(settings);
  requireOwnPorts(settings);
  requireFolder(settings);
  chosenNumberOf(settings);
  const { SERVER_PORT, SERVER_TLS_PORT, HTTP_PORT, MEMCACHED_PORT } = settings.configuration;
  if (SERVER_PORT !== undefined) await requireOwnAddress(settings, 'SERVER_LISTEN_ADDRESS');
  if (SERVER_TLS_PORT !== undefined) await requireOwnAddress(settings, 'SERVER_TLS_ADDRESS');
  if (HTTP_PORT !== undefined) await requireOwnAddress(settings, 'HTTP_ADDRESS');
  if (MEMCACHED_PORT !== undefined) await requireOwnAddress(settings, 'MEMCACHED_ADDRESS');
}

/** The settings that were given and have no effect, which the operator may have wanted. */
export function idleSettings({ configuration, placeOf }: ServerSettings): IdleSetting[] {
  const { SERVER_PORT, SERVER_TLS_PORT, HTTP_PORT, MEMCACHED_PORT, DRAW_DEADLINE, LEDGER, RECEIPTS } =
    configuration;
  const number = drawNumberOf({ configuration }).kind;
  const speaksTls = Object.values(tlsDoorsOf(configuration)).includes(true);
  const without: (IdleSetting | false)[] = [
    HTTP_PORT === undefined && { key: 'HTTP_ADDRESS', reason: 'HTTP_PORT is not set' },
    HTTP_PORT === undefined && { key: 'HTTP_MAX_CONNECTIONS', reason: 'HTTP_PORT is not set' },
    HTTP_PORT === undefined && { key: 'HTTP_WORKERS', reason: 'HTTP_PORT is not set' },
    HTTP_PORT === undefined && { key: 'HTTP_TLS', reason: 'HTTP_PORT is not set' },
    HTTP_PORT === undefined && { key: 'HTTP_ALLOW', reason: 'HTTP_PORT is not set' },
    MEMCACHED_PORT === undefined && { key: 'MEMCACHED_ADDRESS', reason: 'MEMCACHED_PORT is not set' },
    MEMCACHED_PORT === undefined && { key: 'MEMCACHED_TLS', reason: 'MEMCACHED_PORT is not set' },
    MEMCACHED_PORT === undefined && { key: 'MEMCACHED_ALLOW', reason: 'MEMCACHED_PORT is not set' },
    SERVER_PORT === undefined && { key: 'SERVER_LISTEN_ADDRESS', reason: 'SERVER_PORT is off' },
    SERVER_PORT === undefined && { key: 'SERVER_PORT_MESSAGES', reason: 'SERVER_PORT is off' },
    SERVER_TLS_PORT === undefined && { key: 'SERVER_TLS_ADDRESS', reason: 'SERVER_TLS_PORT is not set' },
    ...TLS_FILES.map((key) => !speaksTls && { key, reason: 'no door speaks TLS' }),
    DRAW_DEADLINE === undefined && { key: 'DRAW_DEADLINE_ACTION', reason: 'DRAW_DEADLINE is not set' },
    number !== 'fixed' && { key: 'LOTTERY_WINNER_NUMBER', reason: `DRAW_NUMBER is ${number}, which wins` },
    ...BEACON_SETTINGS.map(
      (key) => number !== 'drand' && { key, reason: `DRAW_NUMBER is ${number}, not drand` },
    ),
    number === 'fixed' && { key: 'DRAW_CALL_OFF', reason: 'DRAW_NUMBER is fixed' },
    ...RECEIPTS_SETTINGS.map((key) => RECEIPTS === 'off' && { key, reason: 'RECEIPTS is off' }),
    LEDGER !== 'postgres' && { key: 'DATABASE_URL', reason: `LEDGER is ${LEDGER}, not postgres` },
    ...REDIS_SETTINGS.map((key) => LEDGER !== 'redis' && { key, reason: `LEDGER is ${LEDGER}, not redis` }),
  ];
  return without.filter((each): each is IdleSetting => each !== false && placeOf(each.key) !== undefined);
}

function requireTokensOfUse({ configuration, placeOf }: ServerSettings): void {
  const { HTTP_TOKENS_FILE, HTTP_PORT, MEMCACHED_PORT } = configuration;
  if (HTTP_TOKENS_FILE === undefined || HTTP_PORT !== undefined || MEMCACHED_PORT !== undefined) return;
  throw new ConfigurationError(
    `${placeOf('HTTP_TOKENS_FILE')}: HTTP_TOKENS_FILE: is of no use without HTTP_PORT or MEMCACHED_PORT: set one of them, or none of the three`,
  );
}

/** Without tokens and certificates, whoever comes is taken for the operator. */
function requireTokensOfMemcached({ configuration, placeOf }: ServerSettings): void {
  const { HTTP_TOKENS_FILE, MEMCACHED_PORT, MEMCACHED_ADDRESS, SERVER_TLS_CLIENT_CA } = configuration;
  if (MEMCACHED_PORT === undefined || HTTP_TOKENS_FILE !== undefined) return;
  if (tlsDoorsOf(configuration).memcached && SERVER_TLS_CLIENT_CA !== undefined) return;
  if (isLoopbackAddress(MEMCACHED_ADDRESS)) return;
  throw new ConfigurationError(
    `${placeOf('MEMCACHED_ADDRESS')}: MEMCACHED_ADDRESS: ${JSON.stringify(MEMCACHED_ADDRESS)} is reached by others; ` +
      'allowed is a loopback address, or any with HTTP_TOKENS_FILE, or with TLS and SERVER_TLS_CLIENT_CA',
  );
}

/** Each door has a port of its own. */
function requireOwnPorts({ configuration, placeOf }: ServerSettings): void {
  const doors = [
    { key: 'SERVER_PORT', port: configuration.SERVER_PORT, address: configuration.SERVER_LISTEN_ADDRESS },
    {
      key: 'SERVER_TLS_PORT',
      port: configuration.SERVER_TLS_PORT,
      address: configuration.SERVER_TLS_ADDRESS,
    },
    { key: 'HTTP_PORT', port: configuration.HTTP_PORT, address: configuration.HTTP_ADDRESS },
    { key: 'MEMCACHED_PORT', port: configuration.MEMCACHED_PORT, address: configuration.MEMCACHED_ADDRESS },
  ] as const;
  for (const [index, { key, port, address }] of doors.entries()) {
    const other = doors.slice(0, index).find((each) => each.port === port && isShared(each.address, address));
    if (port === undefined || port === 0 || other === undefined) continue;
    throw new ConfigurationError(
      `${placeOf(key)}: ${key}: ${port} is ${other.key} too; allowed is another port`,
    );
  }
}

function isShared(one: string, other: string): boolean {
  return one === other || [one, other].some((address) => /^(\*|::|0\.0\.0\.0)$/.test(address));
}

/** A folder that is missing is made later; what is no folder cannot become one. */
function requireFolder({ configuration, placeOf }: ServerSettings): void {
  if (configuration.LEDGER !== 'sqlite' && configuration.RECEIPTS === 'off') return;
  const { DATA_DIR } = configuration;
  for (let path = resolve(DATA_DIR); ; path = dirname(path)) {
    const found = statOf(path);
    if (found?.isDirectory() === true || dirname(path) === path) return;
    if (found === undefined) continue;
    const what = path === resolve(DATA_DIR) ? 'it is a file' : `${path} is a file`;
    throw new ConfigurationError(
      `${placeOf('DATA_DIR') ?? 'default'}: DATA_DIR: ${JSON.stringify(DATA_DIR)} is wrong: ${what}; allowed is a folder`,
    );
  }
}

/** Listens there for a moment, on a port that is free. */
async function requireOwnAddress(
  { configuration, placeOf }: ServerSettings,
  key: 'SERVER_LISTEN_ADDRESS' | 'SERVER_TLS_ADDRESS' | 'HTTP_ADDRESS' | 'MEMCACHED_ADDRESS',
): Promise<void> {
  const address = configuration[key];
  if (address === ALL_ADDRESSES) return;
  const probe = createServer();
  const error = await new Promise<NodeJS.ErrnoException | undefined>((done) => {
    probe.once('error', done);
    probe.listen({ host: address, port: 0 }, () => done(undefined));
  });
  if (probe.listening) await new Promise((closed) => probe.close(closed));
  // Anything else is told when the door opens.
  if (error === undefined || !NOT_HERE.test(error.code ?? '')) return;
  throw new ConfigurationError(
    `${placeOf(key) ?? 'default'}: ${key}: ${JSON.stringify(address)} is wrong; allowed is an address of this machine ` +
      `(${oneLine(error)})`,
  );
}
