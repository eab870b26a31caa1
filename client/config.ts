/** The agency's settings: `config.yaml`, and environment variables named after the keys, which win. */
import { MAX_BATCH_SIZE } from '../protocol/limits';
import { ConfigurationError } from '../program/exit';
import { LOG_FORMATS, LOG_LEVELS } from '../program/log';
import { UnknownVariable, unknownVariables } from '../program/misspelling';
import {
  checkSettings,
  FoundSettings,
  hostAndPort,
  nonEmptyText,
  oneOf,
  SettingsOf,
  trueOrFalse,
  wholeNumber,
} from '../program/settings';
import { readYamlFile } from './yaml_file';

/** The settings: their names, what is allowed, and their defaults. settings_help.ts says what each is. */
export const CLIENT_SCHEMA = {
  id: wholeNumber(1, 1_000_000),
  'server.address': hostAndPort(),
  'server.oneMessagePerConnection': trueOrFalse().default(false),
  'server.giveUpAfterMs': wholeNumber(0, 1_000_000_000).default(600_000),
  'log.level': oneOf(LOG_LEVELS, true).default('INFO'),
  'log.format': oneOf(LOG_FORMATS).default('text'),
  'batch.maxAmount': wholeNumber(1, MAX_BATCH_SIZE).default(200),
  'batch.window': wholeNumber(1, 64).default(8),
  'data.file': nonEmptyText('a file').optional(),
  'data.strict': trueOrFalse().default(false),
  'data.winnersFile': nonEmptyText('a file').optional(),
} as const;

/** The name of a setting. */
export type ClientKey = keyof typeof CLIENT_SCHEMA;

/** Keys of the reference's file that mean nothing here. */
const ACCEPTED = ['loop.amount', 'loop.period', 'loop.lapse'];
/** A key of the reference's file, and what it is called here. */
const ALIAS = { old: 'packet.batchsize', key: 'batch.maxAmount' } as const;

/** The checked settings of an agency. */
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
  for (const key of Object.keys(CLIENT_SCHEMA)) {
    const value = environment[variableOf(key)];
    if (value !== undefined && value !== '')
      found.set(key, { value, where: `environment: ${variableOf(key)}` });
  }
  return checkSettings(CLIENT_SCHEMA, found, ACCEPTED, file);
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
  if (typeof node === 'string' || typeof node === 'number' || typeof node === 'boolean') {
    if (key === '') throw new ConfigurationError(`${file}: not a list of keys and values`);
    found.set(key, { value: String(node), where: file });
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

function useAlias(found: FoundSettings): void {
  const setting = found.get(ALIAS.old);
  if (setting === undefined) return;
  found.delete(ALIAS.old);
  if (!found.has(ALIAS.key)) found.set(ALIAS.key, { ...setting, where: `${setting.where}: ${ALIAS.old}` });
}
