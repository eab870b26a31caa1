/** The command line of the tool for certificates. */
import { parseArgs } from 'node:util';

import { ConfigurationError, oneLine } from '../../program/exit';
import { wholeNumber, wholeNumberOf } from '../options';
import { AUTHORITY, isHolder, MAX_AGENCIES } from './holders';
import { hostFrom, SERVER_HOSTS } from './hosts';
import { CertificatesPlan, DEFAULT_DAYS } from './plan';
import { SOON_DAYS } from './standing';

const MAX_DAYS = 3650;
const MAX_HOSTS = 100;
const HINT = 'npm run certificates -- --help prints the usage';
const HOLDERS = 'server, operator, auditor and agency-N';

/** What `--help` prints. */
export const USAGE = `Makes a certificate authority, and with it the certificates of the server, of N agencies, the operator and the auditor.
What is there already stays. Then it tells when each certificate expires; without N and the options, only that.

usage: npm run certificates -- [N] --out DIR [--name HOST]… [--days D] [--renew [NAMES]] [--revoke NAMES]

  N                what is missing for so many agencies is made, 1 to ${MAX_AGENCIES}
  --out DIR        the folder, which is made for its owner alone: ca.pem, ca-key.pem, server.pem, server-key.pem,
                   agency-1.pem, agency-1-key.pem …, operator.pem, auditor.pem with their keys, and crl.pem, the list of
                   what was revoked; as root, what is made belongs to the owner of DIR
  --name HOST      a DNS name or IP address of the server besides ${SERVER_HOSTS.join(', ')}; may be repeated
  --days D         how many days what is made is good, 1 to ${MAX_DAYS} (default ${DEFAULT_DAYS}); the authority is good for ${MAX_DAYS}
  --renew          a new key and certificate for whoever's expires within ${SOON_DAYS} days; the authority keeps its key
  --renew NAMES    the same for ca, ${HOLDERS}, separated by commas, whenever theirs expire
  --revoke NAMES   puts certificates into crl.pem and aside, and deletes their keys: ${HOLDERS}, or the
                   serial number of one that was replaced
  -h, --help       prints this

exit codes: 0 done; 1 something has expired or is not as it should be; 2 wrong usage, or files that do not fit each other

for example: npm run certificates -- 5 --out .certificates --name lottery.example.org
`;

const OPTIONS = {
  out: { type: 'string' },
  name: { type: 'string', multiple: true },
  days: { type: 'string' },
  renew: { type: 'string', multiple: true },
  revoke: { type: 'string', multiple: true },
  help: { type: 'boolean', short: 'h' },
} as const;
const SERIAL_NUMBER = /^[0-9a-f]{8,40}$/i;

/**
 * Reads the command line.
 *
 * @param words the command line after the program's name
 * @returns what is asked for, or `help` when help was asked for
 * @throws ConfigurationError for anything that the usage does not allow
 */
export function readArguments(words: readonly string[]): CertificatesPlan | 'help' {
  const { values, positionals } = parse(words);
  if (values.help === true) return 'help';
  const { out, name, days, renew, revoke } = values;
  if (out === undefined || out === '') {
    throw new ConfigurationError(`--out names the folder of the certificates, and is needed; ${HINT}`);
  }
  const [number, ...more] = positionals;
  if (more.length > 0) throw wrong('', positionals.join(' '), 'one number');
  const agencies = wholeNumberOf('N', number, { minimum: 1, maximum: MAX_AGENCIES, hint: HINT });
  if (days !== undefined && agencies === undefined && renew === undefined) {
    throw new ConfigurationError(`--days is of no use without N or --renew; ${HINT}`);
  }
  const plan = {
    agencies,
    hosts: name === undefined ? undefined : hostsFrom(name),
    days: wholeNumber('days', days, { minimum: 1, maximum: MAX_DAYS, hint: HINT }),
    renew: renew === undefined ? undefined : renewFrom(renew),
    revoke: revoke === undefined ? undefined : revokeFrom(revoke),
  };
  return { out, ...withoutUndefined(plan) };
}

function hostsFrom(texts: readonly string[]): string[] {
  if (texts.length > MAX_HOSTS)
    throw new ConfigurationError(`--name: allowed are ${MAX_HOSTS} of them; ${HINT}`);
  const hosts = texts.map((text) => {
    const host = hostFrom(text);
    if (host === undefined) throw wrong('--name: ', text, 'a DNS name or an IP address');
    return host;
  });
  return [...new Set(hosts)];
}

function renewFrom(lists: readonly string[]): CertificatesPlan['renew'] {
  if (lists.includes('')) {
    if (lists.length === 1) return 'due';
    throw new ConfigurationError(`--renew stands alone or with names, not both; ${HINT}`);
  }
  return namesIn('--renew', lists, isHolder, `ca, ${HOLDERS}`);
}

function revokeFrom(lists: readonly string[]): string[] {
  if (lists.some((list) => list.split(',').includes(AUTHORITY))) {
    throw new ConfigurationError(
      '--revoke: an authority cannot revoke itself; make another one in a new folder',
    );
  }
  const isAllowed = (word: string): boolean => isHolder(word) || SERIAL_NUMBER.test(word);
  return namesIn('--revoke', lists, isAllowed, `${HOLDERS}, or a serial number`);
}

function namesIn(
  option: string,
  lists: readonly string[],
  isAllowed: (name: string) => boolean,
  allowed: string,
): string[] {
  const names = lists.flatMap((list) => list.split(','));
  const mistake = names.find((name) => !isAllowed(name));
  if (mistake !== undefined) throw wrong(`${option}: `, mistake, allowed);
  return [...new Set(names)];
}

function wrong(option: string, given: string, allowed: string): ConfigurationError {
  return new ConfigurationError(`${option}${JSON.stringify(given)} is wrong; allowed is ${allowed}; ${HINT}`);
}

function withoutUndefined<Plan extends object>(plan: Plan): { [Key in keyof Plan]?: NonNullable<Plan[Key]> } {
  const entries = Object.entries(plan).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof Plan]?: NonNullable<Plan[Key]> };
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({ args: withRenewals(words), options: OPTIONS, allowPositionals: true });
  } catch (error) {
    const [firstSentence] = oneLine(error).split('. ');
    throw new ConfigurationError(`${firstSentence}; ${HINT}`);
  }
}

/**
 * What follows `--renew` belongs to it, unless it is an option or a number; alone it has the value ''. For `parseArgs` an
 * option has a value always or never.
 */
function withRenewals(words: readonly string[]): string[] {
  const [word, next, ...others] = words;
  if (word === undefined) return [];
  if (word !== '--renew') return [word, ...withRenewals(words.slice(1))];
  const isValue = next !== undefined && !/^(-|[0-9]+$)/.test(next);
  return isValue
    ? [`${word}=${next}`, ...withRenewals(others)]
    : [`${word}=`, ...withRenewals(words.slice(1))];
}
