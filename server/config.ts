/** The server's settings: `config.ini` under `[DEFAULT]`, and environment variables of the same names, which win. */
import { readFileSync } from 'node:fs';

import { parse } from 'ini';

import { MAX_NUMBER, MAX_PAYLOAD_BYTES } from '../protocol/limits';
import { ConfigurationError, oneLine } from '../program/exit';
import { LOG_FORMATS, LOG_LEVELS } from '../program/log';
import {
  checkSettings,
  FoundSettings,
  nonEmptyText,
  oneOf,
  parsedText,
  SettingsOf,
  wholeNumber,
} from '../program/settings';
import { DEADLINE_ACTIONS } from './ledger/draw';
import { DEADLINE_FORMS, parseDeadline } from './lottery/draw_deadline';

const SECTION = 'DEFAULT';
const MAX_AGENCIES = 1_000_000;
const DEFAULT_MAX_PAYLOAD_BYTES = '4194304';

const DATABASE_URL_FORM = 'postgresql://user:password@host:port/database';
/** The engines that the ledger can have. */
const LEDGERS = ['sqlite', 'postgres'] as const;

const SCHEMA = {
  SERVER_PORT: wholeNumber(0, 65_535).default(12_345),
  SERVER_LISTEN_ADDRESS: nonEmptyText('an address of this machine').optional(),
  SERVER_LISTEN_BACKLOG: wholeNumber(1, 65_535).default(511),
  LOGGING_LEVEL: oneOf(LOG_LEVELS, true).default('INFO'),
  LOG_FORMAT: oneOf(LOG_FORMATS).default('text'),
  AGENCIES: wholeNumber(1, MAX_AGENCIES).default(5),
  LOTTERY_WINNER_NUMBER: wholeNumber(0, MAX_NUMBER).default(7_574),
  LEDGER: oneOf(LEDGERS).default('sqlite'),
  DATA_DIR: nonEmptyText('a folder').default('ledger'),
  DATABASE_URL: nonEmptyText(DATABASE_URL_FORM).optional(),
  DATABASE_UNSAFE_COMMITS: oneOf(['refuse', 'allow']).default('refuse'),
  MAX_PAYLOAD_BYTES: wholeNumber(1, MAX_PAYLOAD_BYTES).default(Number(DEFAULT_MAX_PAYLOAD_BYTES)),
  MAX_CONNECTIONS: wholeNumber(1, 1_000_000).default(10_000),
  MAX_CONNECTIONS_PER_ADDRESS: wholeNumber(1, 1_000_000).optional(),
  IDLE_TIMEOUT_MS: wholeNumber(100, 86_400_000).default(60_000),
  HTTP_PORT: wholeNumber(0, 65_535).optional(),
  HTTP_ADDRESS: nonEmptyText('an address of this machine').default('127.0.0.1'),
  HTTP_TOKENS_FILE: nonEmptyText('a file of tokens').optional(),
  DRAW_DEADLINE: parsedText(parseDeadline, DEADLINE_FORMS).optional(),
  DRAW_DEADLINE_ACTION: oneOf(DEADLINE_ACTIONS).default('draw'),
  DRAW_DEADLINE_OVERDUE: oneOf(['hold', 'act']).default('hold'),
} as const;

/** Keys of the reference's file that mean nothing here. */
const ACCEPTED = ['SERVER_IP'];

/** The checked settings of the server. */
export type ServerConfiguration = SettingsOf<typeof SCHEMA>;

/**
 * Reads and checks the settings, once.
 *
 * @param file the configuration file
 * @param environment what wins over the file; an empty variable counts as none
 * @throws ConfigurationError in one line: place, key, value, what is allowed
 */
export function readServerConfiguration(file: string, environment: NodeJS.ProcessEnv): ServerConfiguration {
  const found = readFile(file);
  for (const key of [...Object.keys(SCHEMA), ...ACCEPTED]) {
    const value = environment[key];
    if (value !== undefined && value !== '') found.set(key, { value, where: 'environment' });
  }
  const configuration = checkSettings(SCHEMA, found, ACCEPTED, file);
  if (configuration.LEDGER === 'postgres' && configuration.DATABASE_URL === undefined) {
    throw new ConfigurationError(
      `${file}: DATABASE_URL: missing; with LEDGER = postgres allowed is ${DATABASE_URL_FORM}`,
    );
  }
  return configuration;
}

function readFile(file: string): FoundSettings {
  const found: FoundSettings = new Map();
  for (const [section, content] of Object.entries(parseFile(file))) {
    if (section !== SECTION || typeof content !== 'object' || content === null) {
      throw new ConfigurationError(`${file}: ${section}: unknown; everything stands under [${SECTION}]`);
    }
    for (const [key, value] of Object.entries(content) as [string, unknown][]) {
      const text = textOf(value);
      found.set(key, { value: text, where: file });
    }
  }
  return found;
}

function parseFile(file: string): Record<string, unknown> {
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new ConfigurationError(`${file}: cannot be read: ${oneLine(error)}`);
  }
}

/** A list is written as its values; a section where a value should stand is none that a setting could have. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.join(',');
  return typeof value === 'string' || typeof value === 'boolean' ? String(value) : '[section]';
}
