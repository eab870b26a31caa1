/** The control's settings: environment variables, each checked once. */
import { createPrivateKey, createPublicKey, KeyObject } from 'node:crypto';
import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import { oneLine, UsageError } from './mistakes';
import { readNamed, readSecret } from './named_file';
import { isKeyName, LogKey, readLogKey } from './notes';

/** What `--help` prints. */
export const USAGE = `Counts a lottery again, bet by bet, and cosigns its log only if all is equal: the internal control.

usage: npm run control

The settings are environment variables:
  CONTROL_SERVER_URL (must be set)
      the server's HTTP door, such as http://127.0.0.1:8080
  CONTROL_TOKEN_FILE (no default)
      a file with the auditor's token, which nobody else may read; without one none is sent
  CONTROL_LOG (must be set, or CONTROL_LOG_FILE)
      the verifier key of the lottery's log, NAME+ID+KEY, as npm run trust-key prints it
  CONTROL_LOG_FILE (no default)
      a file that holds this key alone, instead of CONTROL_LOG
  CONTROL_NAME (must be set)
      the name under which the control cosigns, such as control.example/lottery
  CONTROL_KEY (must be set)
      the file of its key, which nobody else may read (npm run trust-key -- --control NAME --out FILE)
  CONTROL_PORT (default 8700)
      the port at which it answers add-checkpoint (C2SP tlog-witness); 0 takes a free one and logs it
  CONTROL_ADDRESS (default 127.0.0.1)
      the address it listens on
  CONTROL_DATA_DIR (default control-data)
      the folder of its own copy of all bets, of every checkpoint that it has cosigned, and of a difference that it found

  -h, --help  prints this

for example: CONTROL_SERVER_URL=http://127.0.0.1:8080 CONTROL_LOG=lottery.example/2026+… CONTROL_NAME=control.example CONTROL_KEY=control.pem npm run control
`;

/** The checked settings. */
export interface Settings {
  readonly serverUrl: URL;
  readonly token: string | undefined;
  readonly log: LogKey;
  readonly name: string;
  readonly key: KeyObject;
  readonly port: number;
  readonly address: string;
  readonly folder: string;
}

/** Reads the settings, and makes the folder. @throws UsageError in one line: which, and what is allowed */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const valueOf = (name: string): string | undefined => environment[name] || undefined;
  const required = (name: string, allowed: string): string => {
    const value = valueOf(name);
    if (value === undefined) throw new UsageError(`${name}: missing; allowed is ${allowed}`);
    return value;
  };
  const tokenFile = valueOf('CONTROL_TOKEN_FILE');
  const log = readLog(valueOf('CONTROL_LOG'), valueOf('CONTROL_LOG_FILE'));
  const settings = {
    serverUrl: readUrl(required('CONTROL_SERVER_URL', 'a URL of http or https')),
    token: tokenFile === undefined ? undefined : readToken(tokenFile),
    log,
    name: readName(required('CONTROL_NAME', 'a name without spaces and +'), log),
    key: readKey(required('CONTROL_KEY', 'the file of an Ed25519 key'), log),
    port: readPort(valueOf('CONTROL_PORT') ?? '8700'),
    address: valueOf('CONTROL_ADDRESS') ?? '127.0.0.1',
    folder: valueOf('CONTROL_DATA_DIR') ?? 'control-data',
  };
  makeFolder(settings.folder);
  return settings;
}

function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw wrong('CONTROL_SERVER_URL', text, 'a URL of http or https');
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new UsageError('CONTROL_SERVER_URL: allowed is a URL without a password, a query and a fragment');
  }
  return url;
}

function readLog(text: string | undefined, file: string | undefined): LogKey {
  const allowed = 'the verifier key of a log, NAME+ID+KEY';
  if (file === undefined) {
    if (text === undefined) throw new UsageError(`CONTROL_LOG: missing; allowed is ${allowed}`);
    const log = readLogKey(text);
    if (log === undefined) throw wrong('CONTROL_LOG', text, allowed);
    return log;
  }
  if (text !== undefined)
    throw new UsageError('CONTROL_LOG_FILE: cannot go with CONTROL_LOG: set one of them');
  const log = readLogKey(readNamed('CONTROL_LOG_FILE', file).toString().trim());
  if (log === undefined) throw new UsageError(`CONTROL_LOG_FILE: ${file} must hold ${allowed}, alone`);
  return log;
}

function readName(text: string, log: LogKey): string {
  if (!isKeyName(text)) {
    throw wrong('CONTROL_NAME', text, '1 to 200 printable ASCII characters without spaces and +');
  }
  if (text === log.name) throw wrong('CONTROL_NAME', text, "another name than the log's");
  return text;
}

function readPort(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) {
    throw wrong('CONTROL_PORT', text, 'a whole number from 0 to 65535');
  }
  return Number(text);
}

/** With the log's own key a control could say nothing that the server could not say itself. */
function readKey(path: string, log: LogKey): KeyObject {
  const key = readPrivateKey(path);
  if (!createPublicKey(key).equals(log.key)) return key;
  throw new UsageError(
    `CONTROL_KEY: ${path} holds the log's own key; allowed is one that the server does not have`,
  );
}

function readPrivateKey(path: string): KeyObject {
  const pem = readSecret('CONTROL_KEY', path);
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // It is told below, without what stands in the file.
  }
  throw new UsageError(`CONTROL_KEY: ${path} holds no Ed25519 key in PEM form`);
}

function readToken(path: string): string {
  const token = readSecret('CONTROL_TOKEN_FILE', path).toString().trim();
  if (/^[A-Za-z0-9._~+/=-]{1,256}$/.test(token)) return token;
  throw new UsageError(`CONTROL_TOKEN_FILE: ${path} must hold a token alone`);
}

function makeFolder(path: string): void {
  try {
    makeMissing(resolve(path), 0o700);
  } catch (error) {
    throw new UsageError(`CONTROL_DATA_DIR: ${path} cannot be made: ${oneLine(error)}`);
  }
}

/** Node's own recursive `mkdir` never ends where the system says of a new folder that it does not exist, as in `/proc`. */
function makeMissing(folder: string, mode: number): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return;
  if (dirname(folder) !== folder) makeMissing(dirname(folder), 0o777);
  mkdirSync(folder, { mode });
}

function wrong(name: string, value: string, allowed: string): UsageError {
  return new UsageError(`${name}: ${JSON.stringify(value)} is wrong; allowed is ${allowed}`);
}
