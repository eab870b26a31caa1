/** All that a server and the internal control of one draw need, each to know the other before either is started. */
import { KeyObject, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { ConfigurationError, oneLine, OperationError } from '../../program/exit';
import { makeFolder, PRIVATE_FOLDER } from '../../program/folders';
import { readTextFile } from '../../program/text_file';
import { writePrivateFile, writeWholeFile } from '../../program/whole_file';
import { AUDITOR } from '../../server/doors/identity/party';
import { digestOf, TOKEN } from '../../server/doors/identity/tokens';
import { textOfDigests } from '../../server/doors/identity/tokens_file';
import { cosignerKey } from '../../transparency/notes/cosignature';
import { verifierKey } from '../../transparency/notes/note';
import { KeyPurpose, newKeyText, publicKeyIn } from './key_file';

/** For the server alone, for the control alone, and for both. */
const LOG_FOLDER = 'log';
const CONTROL_FOLDER = 'control';
const PUBLIC_FOLDER = 'public';
const KEY_FILE = 'key.pem';
const TOKEN_BYTES = 32;

/** What was made for a draw. */
export interface DrawKeys {
  /** The policy that asks for both, a line feed behind every line. */
  readonly policy: string;
  /** The files of secrets that were not there, relative to the folder. */
  readonly made: readonly string[];
}

/**
 * Makes what is missing in the folders `log` (the log's key) and `control` (the control's key, and its token for the
 * server's HTTP door), which only their owner may read, and leaves what is there. Then it writes `public`: the verifier key of
 * each in a file of its own, the policy that asks for both, and the digest of the token as a file of tokens.
 *
 * @param folder it is made if need be, and so are the three in it
 * @param origin the name of the log
 * @param controlName the name of the control
 * @throws ConfigurationError when a file that is there holds no key, one that was made for another name, or no token
 * @throws OperationError when something cannot be read or written
 */
export async function makeDrawKeys(folder: string, origin: string, controlName: string): Promise<DrawKeys> {
  try {
    makeFolder(join(folder, LOG_FOLDER), PRIVATE_FOLDER);
    makeFolder(join(folder, CONTROL_FOLDER), PRIVATE_FOLDER);
    makeFolder(join(folder, PUBLIC_FOLDER));
    const made: string[] = [];
    const secret = (name: string, make: () => string): Promise<string> =>
      readOrMake(folder, name, make, made);
    const log = verifierKey(origin, await keyIn({ role: 'log', name: origin }, secret));
    const control = cosignerKey(controlName, await keyIn({ role: 'control', name: controlName }, secret));
    const token = await tokenIn(join(CONTROL_FOLDER, 'token'), secret);
    const tokens = `${AUDITOR} = ${textOfDigests([digestOf(token)])}\n`;
    const write = (name: string, text: string): Promise<void> =>
      writeWholeFile(join(folder, PUBLIC_FOLDER, name), [text]);
    await write('log', `${log}\n`);
    await write('control', `${control}\n`);
    const policy = `log ${log}\nwitness control ${control}\nquorum control\n`;
    await write('policy.txt', policy);
    await writePrivateFile(join(folder, PUBLIC_FOLDER, 'tokens.ini'), [tokens]);
    return { policy, made };
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    throw new OperationError(`--out: the keys in ${folder} cannot be made: ${oneLine(error)}`);
  }
}

type Secret = (name: string, make: () => string) => Promise<string>;

async function readOrMake(folder: string, name: string, make: () => string, made: string[]): Promise<string> {
  const file = join(folder, name);
  if (existsSync(file)) return readTextFile(file).text;
  const text = make();
  await writePrivateFile(file, [text]);
  made.push(name);
  return text;
}

/** @returns the public half */
async function keyIn(purpose: KeyPurpose, secret: Secret): Promise<KeyObject> {
  const file = join(purpose.role === 'log' ? LOG_FOLDER : CONTROL_FOLDER, KEY_FILE);
  const text = await secret(file, () => newKeyText(purpose));
  try {
    return publicKeyIn(text, purpose);
  } catch (error) {
    throw new ConfigurationError(`--out: ${file} ${oneLine(error)}`);
  }
}

async function tokenIn(name: string, secret: Secret): Promise<string> {
  const token = (await secret(name, () => `${randomBytes(TOKEN_BYTES).toString('base64url')}\n`)).trim();
  if (TOKEN.test(token)) return token;
  throw new ConfigurationError(`--out: ${name} holds no token`);
}
