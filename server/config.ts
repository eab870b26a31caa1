/** The server's settings: `config.ini` under `[DEFAULT]`, and environment variables of the same names, which win. */
import { MAX_NUMBER, MAX_PAYLOAD_BYTES } from '../protocol/limits';
import { ADDRESS_LIST_FORM, AddressList } from '../program/address_list';
import { ConfigurationError } from '../program/exit';
import { readIniFile } from '../program/ini_file';
import { LOG_FORMATS, LOG_LEVELS } from '../program/log';
import { UnknownVariable, unknownVariables } from '../program/misspelling';
import {
  checkSettings,
  FoundSettings,
  nonEmptyText,
  oneOf,
  parsedText,
  SettingsOf,
  TextSetting,
  wholeNumber,
} from '../program/settings';
import { withPasswordOf } from './database_password';
import { DEADLINE_ACTIONS } from './ledger/draw';
import type { ConnectSettings } from './ledger/postgres/connect';
import type { DatabaseSettings as RedisSettings } from './ledger/redis/connection';
import { DATABASE_URL_FORM, parseDatabaseUrl } from '../program/database_url';
import { parseRedisUrl, REDIS_URL_FORM } from '../program/redis_url';
import type { TlsFiles } from '../program/tls/tls_files';
import { DEADLINE_FORMS, parseDeadline } from './lottery/draw_deadline';
import {
  DRAW_NUMBER_FORMS,
  DURATION_FORMS,
  parseDrawNumber,
  parseDuration,
} from './lottery/draw_number_setting';
import {
  HTTP_ADDRESSES_FORM,
  HTTP_URL_FORM,
  parseHttpAddresses,
  parseHttpUrl,
} from '../program/http_addresses';
import { redisTlsFiles } from './redis_tls_files';
import { isLogName, LOG_NAME_FORM } from './transparency/log_name';

const SECTION = 'DEFAULT';
const MAX_AGENCIES = 1_000_000;
const DEFAULT_MAX_PAYLOAD_BYTES = 4_194_304;
/** Enough for the longest bet: two names of 128 bytes, and digits. */
const MIN_MAX_PAYLOAD_BYTES = 1_024;
/** The settings that say where a database is, and what each may be. */
const URL_FORMS = { DATABASE_URL: DATABASE_URL_FORM, REDIS_URL: REDIS_URL_FORM } as const;
const PEM_FILE = 'a file in PEM form';
const KEY = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
/** The engines that the ledger can have. */
const LEDGERS = ['sqlite', 'postgres', 'redis'] as const;

/** What stands for all addresses of this machine. */
export const ALL_ADDRESSES = '*';
/** A port that is not listened on. */
const OFF = 'off';

/** A port, or `undefined` for none. */
function portOrOff(): TextSetting<number | undefined> {
  const port = wholeNumber(0, 65_535);
  return port.or({ text: OFF, value: undefined });
}

function ownAddress(): TextSetting<string> {
  return nonEmptyText(`an address of this machine, or ${ALL_ADDRESSES} for all`);
}

function addressList(): TextSetting<AddressList> {
  return parsedText((text) => AddressList.parse(text), ADDRESS_LIST_FORM);
}

/** The settings: their names, what is allowed, and their defaults. settings_help.ts says what each is. */
export const SERVER_SCHEMA = {
  SERVER_PORT: portOrOff().default(12_345),
  SERVER_PORT_MESSAGES: oneOf(['all', 'echo']).default('all'),
  SERVER_LISTEN_ADDRESS: ownAddress().default('127.0.0.1'),
  SERVER_ALLOW: addressList().optional(),
  SERVER_TLS_PORT: wholeNumber(0, 65_535).optional(),
  SERVER_TLS_ADDRESS: ownAddress().default(ALL_ADDRESSES),
  SERVER_TLS_CERT: nonEmptyText('a file in PEM form').optional(),
  SERVER_TLS_KEY: nonEmptyText('a file in PEM form').optional(),
  SERVER_TLS_CLIENT_CA: nonEmptyText('a file in PEM form').optional(),
  SERVER_TLS_CLIENT_CRL: nonEmptyText('a file in PEM form').optional(),
  SERVER_LISTEN_BACKLOG: wholeNumber(1, 65_535).default(511),
  LOGGING_LEVEL: oneOf(LOG_LEVELS, true).default('INFO'),
  LOG_FORMAT: oneOf(LOG_FORMATS).default('text'),
  AGENCIES: wholeNumber(1, MAX_AGENCIES).default(5),
  LOTTERY_WINNER_NUMBER: wholeNumber(0, MAX_NUMBER).default(7_574),
  LEDGER: oneOf(LEDGERS).default('sqlite'),
  DATA_DIR: nonEmptyText('a folder').default('ledger'),
  DATABASE_URL: nonEmptyText(DATABASE_URL_FORM).secret().optional(),
  REDIS_URL: nonEmptyText(REDIS_URL_FORM).secret().optional(),
  REDIS_TLS_CA: nonEmptyText(PEM_FILE).optional(),
  REDIS_TLS_CERT: nonEmptyText(PEM_FILE).optional(),
  REDIS_TLS_KEY: nonEmptyText(PEM_FILE).optional(),
  REDIS_CONNECTIONS: wholeNumber(3, 10_000).default(40),
  DATABASE_PASSWORD_FILE: nonEmptyText('a file that holds the password alone').optional(),
  DATABASE_CONNECT_TIMEOUT_MS: wholeNumber(100, 600_000).default(2_000),
  DATABASE_UNSAFE_COMMITS: oneOf(['refuse', 'allow']).default('refuse'),
  MAX_PAYLOAD_BYTES: wholeNumber(MIN_MAX_PAYLOAD_BYTES, MAX_PAYLOAD_BYTES).default(DEFAULT_MAX_PAYLOAD_BYTES),
  MAX_CONNECTIONS: wholeNumber(1, 1_000_000).default(10_000),
  MAX_CONNECTIONS_PER_ADDRESS: wholeNumber(1, 1_000_000).optional(),
  IDLE_TIMEOUT_MS: wholeNumber(100, 86_400_000).default(60_000),
  HTTP_PORT: wholeNumber(0, 65_535).optional(),
  HTTP_ADDRESS: ownAddress().default('127.0.0.1'),
  HTTP_ALLOW: addressList().optional(),
  HTTP_TLS: oneOf(['on', 'off']).optional(),
  HTTP_TOKENS_FILE: nonEmptyText('a file of tokens, or several, separated by commas').optional(),
  HTTP_MAX_CONNECTIONS: wholeNumber(1, 100_000).default(1_000),
  HTTP_WORKERS: wholeNumber(0, 64).default(1),
  MEMCACHED_PORT: wholeNumber(0, 65_535).optional(),
  MEMCACHED_ADDRESS: ownAddress().default('127.0.0.1'),
  MEMCACHED_ALLOW: addressList().optional(),
  MEMCACHED_TLS: oneOf(['on', 'off']).optional(),
  DRAW_DEADLINE: parsedText(parseDeadline, DEADLINE_FORMS).optional(),
  DRAW_DEADLINE_ACTION: oneOf(DEADLINE_ACTIONS).default('draw'),
  DRAW_DEADLINE_OVERDUE: oneOf(['hold', 'act']).default('hold'),
  DRAW_NUMBER: parsedText(parseDrawNumber, DRAW_NUMBER_FORMS).optional(),
  DRAW_MARGIN: parsedText(parseDuration, DURATION_FORMS).default(60_000, '60s'),
  DRAW_BEACON_FILE: nonEmptyText('a file').optional(),
  DRAW_BEACON_URLS: parsedText(parseHttpAddresses, HTTP_ADDRESSES_FORM).optional(),
  DRAW_CALL_OFF: oneOf(['no', 'unless-known']).default('no'),
  RECEIPTS: oneOf(['on', 'off']).default('off'),
  RECEIPTS_ORIGIN: parsedText(
    (text) => (isLogName(text) ? text : undefined),
    `${LOG_NAME_FORM}, such as lottery.example/2026-12-22`,
  ).optional(),
  RECEIPTS_KEY: nonEmptyText(PEM_FILE).optional(),
  RECEIPTS_POLICY: nonEmptyText('a file').optional(),
  CONTROL_URL: parsedText(parseHttpUrl, HTTP_URL_FORM).optional(),
  CONTROL_VERIFIER_KEY: nonEmptyText('a verifier key, NAME+ID+KEY').optional(),
  CONTROL_VERIFIER_KEY_FILE: nonEmptyText('a file that holds the verifier key alone').optional(),
} as const;

/** Keys of the reference's file that mean nothing here. */
const ACCEPTED = ['SERVER_IP'];

/** The checked settings of the server. */
export type ServerConfiguration = SettingsOf<typeof SERVER_SCHEMA> & {
  /** Where `DATABASE_URL` or `REDIS_URL` was found, for errors that are known only when the database is asked. */
  readonly databaseUrlFrom?: string | undefined;
  /** The files of TLS to the Redis, with where they were named. */
  readonly redisTls?: TlsFiles | undefined;
};

/** The name of a setting. */
export type ServerKey = keyof typeof SERVER_SCHEMA;

/** Variables of the compose file and of agencies, which may be set in the same shell. */
const VARIABLES_OF_OTHERS =
  /^(LOTTERY_(NAME|PREFIX|HTTP_PORT|TOKENS|DATABASE_PASSWORD|ORIGIN|WINNERS?)|CLI_\w*|CONTROL_(SERVER_URL|TOKEN_FILE|LOG|LOG_FILE|NAME|KEY|PORT|ADDRESS|DATA_DIR))$/;

/** The settings, and where they came from. */
export interface ServerSettings {
  readonly configuration: ServerConfiguration;
  /** Where a setting's value was found: a file's name or `environment`; `undefined` where it is the default. */
  readonly placeOf: (key: ServerKey) => string | undefined;
  /** Variables that look like settings and are none. */
  readonly unknownVariables: readonly UnknownVariable[];
}

/**
 * Reads and checks the settings, once.
 *
 * @param file the configuration file
 * @param environment what wins over the file; an empty variable counts as none
 * @throws ConfigurationError in one line: place, key, value, what is allowed
 */
export function readServerSettings(file: string, environment: NodeJS.ProcessEnv): ServerSettings {
  const found = readFile(file);
  const known = [...Object.keys(SERVER_SCHEMA), ...ACCEPTED];
  for (const key of known) {
    const value = environment[key];
    if (value !== undefined && value !== '') found.set(key, { value, where: 'environment' });
  }
  const configuration = checkSettings(SERVER_SCHEMA, found, ACCEPTED, file);
  requireUrl(configuration, 'postgres', 'DATABASE_URL', file);
  requireUrl(configuration, 'redis', 'REDIS_URL', file);
  requireUrlForms(configuration, (key) => found.get(key)?.where);
  const redisTls = redisTlsFiles(configuration, (key) => found.get(key)?.where);
  const databaseUrlFrom = found.get(configuration.LEDGER === 'redis' ? 'REDIS_URL' : 'DATABASE_URL')?.where;
  return {
    configuration: { ...withDatabasePassword(configuration), databaseUrlFrom, redisTls },
    placeOf: (key) => found.get(key)?.where,
    unknownVariables: unknownVariables(environment, known, { others: VARIABLES_OF_OTHERS }),
  };
}

function requireUrl(
  configuration: ServerConfiguration,
  ledger: ServerConfiguration['LEDGER'],
  key: keyof typeof URL_FORMS,
  file: string,
): void {
  if (configuration.LEDGER !== ledger || configuration[key] !== undefined) return;
  throw new ConfigurationError(
    `${file}: ${key}: missing; with LEDGER = ${ledger} allowed is ${URL_FORMS[key]}`,
  );
}

/** A URL that is wrong is told of, whether it is used or not. */
function requireUrlForms(
  { DATABASE_URL, REDIS_URL }: ServerConfiguration,
  placeOf: (key: string) => string | undefined,
): void {
  if (DATABASE_URL !== undefined) parseDatabaseUrl(DATABASE_URL, `${placeOf('DATABASE_URL')}: DATABASE_URL`);
  if (REDIS_URL !== undefined) parseRedisUrl(REDIS_URL, `${placeOf('REDIS_URL')}: REDIS_URL`);
}

function withDatabasePassword(configuration: ServerConfiguration): ServerConfiguration {
  const { LEDGER, DATABASE_PASSWORD_FILE: file } = configuration;
  if (file === undefined || LEDGER === 'sqlite') return configuration;
  const key = LEDGER === 'redis' ? 'REDIS_URL' : 'DATABASE_URL';
  return { ...configuration, [key]: withPasswordOf(file, key, configuration[key] ?? '') };
}

/** The same, the values alone. @throws ConfigurationError as {@link readServerSettings} */
export function readServerConfiguration(file: string, environment: NodeJS.ProcessEnv): ServerConfiguration {
  return readServerSettings(file, environment).configuration;
}

/** Where the Redis is, and how it is connected to. */
export function redisOf(configuration: ServerConfiguration): RedisSettings {
  return {
    url: configuration.REDIS_URL ?? '',
    urlFrom: configuration.databaseUrlFrom,
    tls: configuration.redisTls,
    connectTimeoutMs: configuration.DATABASE_CONNECT_TIMEOUT_MS,
  };
}

/** Where the PostgreSQL is, and how it is connected to. */
export function databaseOf(configuration: ServerConfiguration): ConnectSettings {
  return {
    url: configuration.DATABASE_URL ?? '',
    urlFrom: configuration.databaseUrlFrom,
    connectTimeoutMs: configuration.DATABASE_CONNECT_TIMEOUT_MS,
  };
}

function readFile(file: string): FoundSettings {
  const { values } = readIniFile(file, { section: SECTION, key: KEY });
  return new Map([...values].map(([key, value]) => [key, { value, where: file }]));
}
