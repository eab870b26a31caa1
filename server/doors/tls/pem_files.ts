/** Files of certificates, keys and revocation lists in PEM form (RFC 7468). */
import { createPrivateKey, X509Certificate } from 'node:crypto';

import { ConfigurationError, oneLine } from '../../../program/exit';
import { readTextFile } from '../../../program/text_file';

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[^-]*-----END \1-----/g;
/** Permission bits of `stat`. */
const READABLE_BY_OTHERS = 0o004;
const WRITABLE_BY_OTHERS = 0o022;

/**
 * The certificates of a file, in its order.
 *
 * @throws ConfigurationError when it cannot be read, or holds none
 */
export function readCertificates(file: string): X509Certificate[] {
  const blocks = blocksOf(file, 'CERTIFICATE');
  if (blocks.length === 0) throw new ConfigurationError(`${file}: holds no certificate in PEM form`);
  return blocks.map((block) => {
    try {
      return new X509Certificate(block);
    } catch (error) {
      throw new ConfigurationError(`${file}: holds a certificate that cannot be read: ${oneLine(error)}`);
    }
  });
}

/**
 * The private key of a file.
 *
 * @param warn told when others than its owner may do with the file what they should not
 * @throws ConfigurationError when it cannot be read, holds no key, or one that needs a passphrase; it shows nothing of it
 */
export function readPrivateKey(file: string, warn: (reason: string) => void): string {
  const { text, mode } = readTextFile(file);
  try {
    createPrivateKey(text);
  } catch {
    const isEncrypted = /ENCRYPTED/.test(text);
    const what = isEncrypted
      ? 'its key needs a passphrase, and there is none to be given'
      : 'holds no private key in PEM form';
    throw new ConfigurationError(`${file}: ${what}`);
  }
  if (process.platform === 'win32') return text;
  if ((mode & WRITABLE_BY_OTHERS) !== 0) warn(`${file}: others than its owner may write it (chmod 600)`);
  else if ((mode & READABLE_BY_OTHERS) !== 0) warn(`${file}: everybody may read this key (chmod 600)`);
  return text;
}

/**
 * The revocation lists of a file, each in PEM form.
 *
 * @throws ConfigurationError when it cannot be read, or holds none
 */
export function readRevocationLists(file: string): string[] {
  const blocks = blocksOf(file, 'X509 CRL');
  if (blocks.length === 0)
    throw new ConfigurationError(`${file}: holds no revocation list in PEM form (X509 CRL)`);
  return blocks;
}

function blocksOf(file: string, label: string): string[] {
  const { text } = readTextFile(file);
  return [...text.matchAll(BLOCK)].filter(([, found]) => found === label).map(([block]) => `${block}\n`);
}
