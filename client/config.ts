/** The agency's settings: `config.yaml`, and environment variables named after the keys, which win. */
import { MAX_BATCH_SIZE } from '../protocol/limits';
import { ConfigurationError } from '../program/exit';
import { LOG_FORMATS, LOG_LEVELS, LogLevel } from '../program/log';
import { UnknownVariable, unknownVariables } from '../program/misspelling';
import { readNamedFile, wrongFile } from '../program/named_file';
import {
  checkSettings,
  FoundSettings,
  hostAndPort,
  nonEmptyText,
  oneOf,
  parsedText,
  SettingsOf,
  TextSetting,
  trueOrFalse,
  wholeNumber,
} from '../program/settings';
import type { TlsSettings } from './tls_transport';
import { readYamlFile } from './yaml_file';

/** How many rows may be left out of a sale that is ended all the same: so many, or so many of a hundred. */
export type LeftOutLimit = { readonly rows: number } | { readonly percent: number };

/** What separates the values of a list once it was read; a file's name cannot hold it. */
const LIST_SEPARATOR = '\n';
/** Keys with several values: a list in the file, and with commas between them in the environment. */
const LISTS: readonly string[] = ['data.file', 'data.sha256'];
/** Levels of the reference's client, and what they are here. */
const REFERENCE_LEVELS: Readonly<Record<string, LogLevel>> = {
  trace: 'DEBUG',
  warn: 'WARNING',
  fatal: 'CRITICAL',
  panic: 'CRITICAL',
};

/** Either has the key of the log. */
const LOG_KEYS = ['receipts.log', 'receipts.logFile'] as const;
const LOG_KEY_FORM = 'the key of a log: NAME+ID+KEY';

/** The settings: their names, what is allowed, and their defaults. settings_help.ts says what each is. */
export const CLIENT_SCHEMA = {
  id: wholeNumber(1, 1_000_000),
  'server.address': hostAndPort(),
  'server.oneMessagePerConnection': trueOrFalse().default(false),
  'server.tls.ca': nonEmptyText('a file in PEM form').optional(),
  'server.tls.cert': nonEmptyText('a file in PEM form').optional(),
  'server.tls.key': nonEmptyText('a file in PEM form').optional(),
  'server.tls.serverName': nonEmptyText('a host name or an address').optional(),
  'server.giveUpAfterMs': wholeNumber(0, 1_000_000_000).default(600_000),
  'log.level': logLevel().default('INFO'),
  'log.format': oneOf(LOG_FORMATS).default('text'),
  'batch.maxAmount': wholeNumber(1, MAX_BATCH_SIZE).default(200),
  'batch.window': wholeNumber(1, 64).default(8),
  'data.file': listOf((text) => text, 'a file, or a list of files').optional(),
  'data.strict': trueOrFalse().default(true),
  'data.maxLeftOut': parsedText(
    parseLeftOutLimit,
    'a share of the rows (0.1%), or how many rows (5)',
  ).default({ percent: 0.1 }, '0.1%'),
  'data.rows': wholeNumber(0, 1e15 - 1).optional(),
  'data.sha256': listOf(parseSha256, '64 hexadecimal digits for each file').optional(),
  'data.mayBeEmpty': trueOrFalse().default(false),
  'data.finish': trueOrFalse().default(true),
  'data.rejectedFile': nonEmptyText('a file').optional(),
  'data.soldFile': nonEmptyText('a file').optional(),
  'data.winnersFile': nonEmptyText('a file').optional(),
  'receipts.log': parsedText(parseLogKey, LOG_KEY_FORM).optional(),
  'receipts.logFile': nonEmptyText('a file that holds the key of a log alone').optional(),
  'receipts.folder': nonEmptyText('a folder').optional(),
} as const;

/** The name of a setting. */
export type ClientKey = keyof typeof CLIENT_SCHEMA;

/** Keys of the reference's file that mean nothing here. */
const ACCEPTED = ['loop.amount', 'loop.period', 'loop.lapse'];
/** A key of the reference's, in its file or in the environment, and what it is called here. */
const ALIAS = { old: 'packet.batchsize', key: 'batch.maxAmount' } as const;

/** The checked settings of an agency; `receipts.log` has the key, from whichever setting it came. */
export type ClientConfiguration = SettingsOf<typeof CLIENT_SCHEMA>;

/** The environment variable of a key: `server.address` is `CLI_SERVER_ADDRESS`. */
export function variableOf(key: string): string {
  return `CLI_${key.toUpperCase().replace(/\./g, '_')}`;
}

/**
 * Reads and checks the settings, once.
 *
 * @param file the configuration file
 * @param environment what wins over the file; an empty variable counts as none
 * @throws ConfigurationError in one line: place, key, value, what is allowed
 */
export function readClientConfiguration(file: string, environment: NodeJS.ProcessEnv): ClientConfiguration {
  const found: FoundSettings = new Map();
  collect(readYamlFile(file), '', file, found);
  useAlias(found);
  const given: FoundSettings = new Map();
  for (const key of [...Object.keys(CLIENT_SCHEMA), ALIAS.old]) {
    const value = environment[variableOf(key)];
    if (value === undefined || value === '') continue;
    const isList = LISTS.includes(key);
    given.set(key, {
      value: isList ? value.split(',').join(LIST_SEPARATOR) : value,
      where: `environment: ${variableOf(key)}`,
    });
  }
  useAlias(given);
  const all: FoundSettings = new Map([...found, ...given]);
  const configuration = checkSettings(CLIENT_SCHEMA, all, ACCEPTED, file);
  requireBoth(configuration, all);
  const key = logKeyOf(configuration, all);
  if (key === undefined) return configuration;
  if (configuration['server.oneMessagePerConnection']) {
    throw new ConfigurationError(
      `${settingOf(LOG_KEYS.find((each) => all.has(each)) ?? '', all)}: needs server.oneMessagePerConnection: false`,
    );
  }
  return { ...configuration, 'receipts.log': key };
}

/** The key of the log, from wherever it is. @throws ConfigurationError when both settings are there, or its file cannot be used */
function logKeyOf(configuration: ClientConfiguration, found: FoundSettings): string | undefined {
  const { 'receipts.log': key, 'receipts.logFile': path } = configuration;
  if (path === undefined) return key;
  const setting = settingOf('receipts.logFile', found);
  if (key !== undefined)
    throw new ConfigurationError(`${setting}: cannot go with receipts.log: set one of them`);
  const file = { setting: `${setting}:`, path };
  const inFile = parseLogKey(readNamedFile(file).toString().trim());
  if (inFile === undefined) throw wrongFile(file, `is wrong; allowed is ${LOG_KEY_FORM}, alone`);
  return inFile;
}

/** Where a setting stands, and what it is called. */
function settingOf(key: string, found: FoundSettings): string {
  return `${found.get(key)?.where}: ${key}`;
}

/** The settings of TLS; `undefined` without it. */
export function tlsOf(configuration: ClientConfiguration): TlsSettings | undefined {
  const settings = {
    ca: configuration['server.tls.ca'],
    cert: configuration['server.tls.cert'],
    key: configuration['server.tls.key'],
    serverName: configuration['server.tls.serverName'],
  };
  return Object.values(settings).some((value) => value !== undefined) ? settings : undefined;
}

/** A certificate is of no use without its key, nor a key without its certificate; nor a folder of receipts without their log. */
function requireBoth(configuration: ClientConfiguration, found: FoundSettings): void {
  for (const [key, ...needed] of [
    ['server.tls.cert', 'server.tls.key'],
    ['server.tls.key', 'server.tls.cert'],
    ['receipts.folder', ...LOG_KEYS],
  ] as const) {
    if (configuration[key] === undefined || needed.some((each) => configuration[each] !== undefined))
      continue;
    throw new ConfigurationError(`${settingOf(key, found)}: needs ${needed.join(' or ')}`);
  }
}

function logLevel(): TextSetting<LogLevel> {
  const ours = oneOf(LOG_LEVELS, true);
  return parsedText(
    (text) => REFERENCE_LEVELS[text.toLowerCase()] ?? ours.safeParse(text).data,
    `${ours.description}; trace, warn, fatal and panic are taken as well`,
  );
}

/** Several values of one form, at least one. */
function listOf<Value>(parse: (text: string) => Value | undefined, allowed: string): TextSetting<Value[]> {
  return parsedText((text) => {
    const parts = text.split(LIST_SEPARATOR).map((part) => part.trim());
    const values = parts.map((part) => (part === '' ? undefined : parse(part)));
    return values.every((value) => value !== undefined) ? values : undefined;
  }, allowed);
}

function parseSha256(text: string): string | undefined {
  return /^[0-9a-f]{64}$/i.test(text) ? text.toLowerCase() : undefined;
}

/** The form alone: whether it is a key is found out where receipts are asked for. */
function parseLogKey(text: string): string | undefined {
  return /^[^+\s]+\+[0-9a-f]{8}\+[A-Za-z0-9+/]+=*$/.test(text) ? text : undefined;
}

function parseLeftOutLimit(text: string): LeftOutLimit | undefined {
  if (/^[0-9]{1,15}$/.test(text)) return { rows: Number(text) };
  const percent = /^([0-9]{1,3}(?:\.[0-9]{1,6})?) ?%$/.exec(text)?.[1];
  return percent !== undefined && Number(percent) <= 100 ? { percent: Number(percent) } : undefined;
}

/** The variables that begin with `CLI_` or look like settings of the agency, and are none. */
export function unknownClientVariables(environment: NodeJS.ProcessEnv): UnknownVariable[] {
  const known = [...Object.keys(CLIENT_SCHEMA), ...ACCEPTED, ALIAS.old].map(variableOf);
  return unknownVariables(environment, known, { ownPrefix: 'CLI_' });
}

/** Flattens the document: `server: {address: x}` is the key `server.address`. */
function collect(node: unknown, key: string, file: string, found: FoundSettings): void {
  if (node === null || node === undefined) {
    if (key !== '') throw new ConfigurationError(`${file}: ${key}: no value`);
    return;
  }
  if (isScalar(node)) {
    if (key === '') throw new ConfigurationError(`${file}: not a list of keys and values`);
    found.set(key, { value: String(node), where: file });
    return;
  }
  if (Array.isArray(node) && LISTS.includes(key) && node.length > 0 && node.every(isScalar)) {
    found.set(key, { value: node.join(LIST_SEPARATOR), where: file });
    return;
  }
  if (typeof node !== 'object' || Array.isArray(node)) {
    throw new ConfigurationError(
      `${file}: ${key === '' ? 'the document' : key}: one value is allowed, not a list`,
    );
  }
  for (const [name, child] of Object.entries(node))
    collect(child, key === '' ? name : `${key}.${name}`, file, found);
}

function isScalar(node: unknown): node is string | number | boolean {
  return typeof node === 'string' || typeof node === 'number' || typeof node === 'boolean';
}

function useAlias(found: FoundSettings): void {
  const setting = found.get(ALIAS.old);
  if (setting === undefined) return;
  found.delete(ALIAS.old);
  if (!found.has(ALIAS.key)) found.set(ALIAS.key, { ...setting, where: `${setting.where}: ${ALIAS.old}` });
}
