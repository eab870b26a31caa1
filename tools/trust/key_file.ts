/** A file with a signing key, and what it was made for. */
import { createPublicKey, generateKeyPairSync, KeyObject } from 'node:crypto';

import { oneLine } from '../../program/exit';
import { signingKey } from '../../server/transparency/log_keys';

/** Whose key it is, and under which name it signs. */
export interface KeyPurpose {
  readonly role: 'log' | 'control';
  readonly name: string;
}

/** It stands in front of the key, where PEM allows explanatory text (RFC 7468, 2). */
const PURPOSE_LINE = /^made for the (log|control) (\S+)$/m;

/** Makes a new key (Ed25519). @returns the text of its file: what it is for, and PKCS#8 in PEM form */
export function newKeyText({ role, name }: KeyPurpose): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  return `made for the ${role} ${name}\n${privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()}`;
}

/**
 * Reads a file of {@link newKeyText}, or one that does not tell what it was made for.
 *
 * @returns the public half
 * @throws Error when it holds no signing key, or one that was made for something else
 */
export function publicKeyIn(text: string, { role, name }: KeyPurpose): KeyObject {
  const key = publicKeyOf(text);
  const [, madeForRole, madeForName] = PURPOSE_LINE.exec(text.split('-----BEGIN', 1)[0] ?? '') ?? [];
  if (madeForRole === undefined || (madeForRole === role && madeForName === name)) return key;
  throw new Error(
    `holds the key that was made for the ${madeForRole} ${madeForName}; each name has a key of its own`,
  );
}

function publicKeyOf(text: string): KeyObject {
  try {
    return createPublicKey(signingKey(text));
  } catch (error) {
    throw new Error(`holds no signing key: ${oneLine(error)}`, { cause: error });
  }
}
