/** What is in a folder of certificates, looked through before anything is changed. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { ConfigurationError, oneLine } from '../../program/exit';
import { partyOfCertificate } from '../../server/doors/identity/certificate_party';
import { x509 } from '../../server/doors/identity/x509';
import {
  AUTHORITY,
  filesOf,
  holderOfFile,
  isHolder,
  MAX_AGENCIES,
  partyCalled,
  REVOCATIONS_FILE,
} from './holders';
import { Revocation } from './issue';

/** A certificate with its key. */
export interface Held {
  readonly certificate: X509Certificate;
  readonly until: Date;
  /** In hexadecimal digits, small letters. */
  readonly serialNumber: string;
}

/** A certificate that is in use no more, in a file of its own. */
export interface SetAside {
  readonly file: string;
  readonly holder: string;
  readonly serialNumber: string;
  /** Whether it is in the revocation list, or was only replaced by a new one. */
  readonly isRevoked: boolean;
}

/** The revocation list. */
export interface RevocationList {
  readonly list: x509.X509Crl;
  readonly entries: readonly Revocation[];
}

/** What is in a folder. */
export interface Contents {
  /** The authority's own certificate. Its key may be kept elsewhere. */
  readonly authority: Held | undefined;
  readonly hasAuthorityKey: boolean;
  /** Everybody else who has a certificate and its key. */
  readonly holders: ReadonlyMap<string, Held>;
  readonly revocations: RevocationList | undefined;
  readonly setAside: readonly SetAside[];
  /** The keys that others than their owner may read, by their paths. */
  readonly openKeys: readonly string[];
}

const OTHERS = 0o077;
const SET_ASIDE = /^(.+)\.(replaced|revoked)-([0-9a-f]{2,40})\.pem$/;

/** The file of a certificate that is in use no more. */
export function setAsideFile(holder: string, why: 'replaced' | 'revoked', serialNumber: string): string {
  return `${holder}.${why}-${serialNumber}.pem`;
}

/**
 * Reads a folder, and checks that everything in it belongs together: keys fit their certificates, and these were signed
 * by the folder's authority for whom their files' names say. Other files are not looked at.
 *
 * @param mended holders whose files may be anything, since they are about to be replaced
 * @throws ConfigurationError, which names the first file that is not as it must be and what can be done
 */
export async function readContents(folder: string, mended: ReadonlySet<string>): Promise<Contents> {
  const files = filesIn(folder);
  const names = new Set(files.flatMap((file) => holderOfFile(file) ?? []));
  names.delete(AUTHORITY);
  const hasAuthorityKey = files.includes(filesOf(AUTHORITY).key);
  const authority = readAuthority(folder, files, names.size > 0);
  const holders = new Map<string, Held>();
  for (const name of names) {
    const held = readHolder(folder, name, authority, mended.has(name));
    if (held !== undefined) holders.set(name, held);
  }
  return {
    authority,
    hasAuthorityKey,
    holders,
    revocations: files.includes(REVOCATIONS_FILE) ? await readRevocations(folder, authority) : undefined,
    setAside: files.flatMap(setAsideIn),
    openKeys: [...names, AUTHORITY].map((name) => join(folder, filesOf(name).key)).filter(isOpen),
  };
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    throw new ConfigurationError(`--out: ${folder} cannot be read: ${oneLine(error)}`);
  }
}

function readAuthority(folder: string, files: readonly string[], isNeeded: boolean): Held | undefined {
  const { certificate, key } = filesOf(AUTHORITY);
  if (!files.includes(certificate)) {
    const present = [key, REVOCATIONS_FILE].find((file) => files.includes(file));
    if (present === undefined && !isNeeded) return undefined;
    throw new ConfigurationError(
      `${join(folder, certificate)} is missing, and ${present ?? 'certificates that it signed'} is there: ` +
        'put it back, or begin in another folder',
    );
  }
  const held = readCertificate(join(folder, certificate));
  if (!held.certificate.ca) {
    throw new ConfigurationError(`${join(folder, certificate)} is not the certificate of an authority`);
  }
  // The key of an authority is best kept where it is not stolen, and is not always there.
  if (files.includes(key)) expectFit(held, join(folder, key), 'put the right one back');
  return held;
}

function readHolder(
  folder: string,
  name: string,
  authority: Held | undefined,
  isMended: boolean,
): Held | undefined {
  try {
    return checkedHolder(folder, name, authority);
  } catch (error) {
    if (!isMended) throw error;
    const file = join(folder, filesOf(name).certificate);
    return existsSync(file) ? tryToRead(file) : undefined;
  }
}

function tryToRead(file: string): Held | undefined {
  try {
    return readCertificate(file);
  } catch {
    return undefined;
  }
}

function checkedHolder(folder: string, name: string, authority: Held | undefined): Held {
  const [certificate, key] = [join(folder, filesOf(name).certificate), join(folder, filesOf(name).key)];
  const remedy = `put the right one back, or --renew ${name} makes both anew`;
  for (const [file, other] of [
    [certificate, key],
    [key, certificate],
  ] as const) {
    if (!existsSync(file)) throw new ConfigurationError(`${other} is there without ${file}: ${remedy}`);
  }
  const held = readCertificate(certificate);
  expectFit(held, key, remedy);
  const signer = authority?.certificate;
  if (signer === undefined || !held.certificate.checkIssued(signer) || !verifies(held, signer)) {
    throw new ConfigurationError(
      `${certificate} was not signed by ${join(folder, filesOf(AUTHORITY).certificate)}: ${remedy}`,
    );
  }
  if (partyOfCertificate(held.certificate, MAX_AGENCIES) !== partyCalled(name)) {
    throw new ConfigurationError(`${certificate} is not a certificate for ${name}: ${remedy}`);
  }
  return held;
}

function verifies({ certificate }: Held, signer: X509Certificate): boolean {
  return certificate.verify(signer.publicKey);
}

function readCertificate(file: string): Held {
  try {
    const certificate = new X509Certificate(readFileSync(file));
    const { validTo, serialNumber } = certificate;
    return { certificate, until: new Date(validTo), serialNumber: serialNumber.toLowerCase() };
  } catch (error) {
    throw new ConfigurationError(`${file} is no certificate that can be read: ${oneLine(error)}`);
  }
}

function expectFit({ certificate }: Held, file: string, remedy: string): void {
  let isFitting: boolean;
  try {
    isFitting = certificate.checkPrivateKey(createPrivateKey(readFileSync(file)));
  } catch (error) {
    throw new ConfigurationError(`${file} is no private key that can be read: ${oneLine(error)}; ${remedy}`);
  }
  if (!isFitting) throw new ConfigurationError(`${file} does not fit its certificate: ${remedy}`);
}

async function readRevocations(folder: string, authority: Held | undefined): Promise<RevocationList> {
  const file = join(folder, REVOCATIONS_FILE);
  const remedy =
    'put the right one back, or remove it and it is made anew from the certificates that were revoked here';
  const list = await verified(file, authority).catch((error: unknown) => {
    throw new ConfigurationError(
      `${file} is no revocation list that can be read: ${oneLine(error)}; ${remedy}`,
    );
  });
  if (list === undefined) {
    const signer = join(folder, filesOf(AUTHORITY).certificate);
    throw new ConfigurationError(`${file} was not signed by ${signer}: ${remedy}`);
  }
  const entries = list.entries.map(({ serialNumber, revocationDate }) => ({
    serialNumber,
    date: revocationDate,
  }));
  return { list, entries };
}

async function verified(file: string, authority: Held | undefined): Promise<x509.X509Crl | undefined> {
  const list = new x509.X509Crl(readFileSync(file, 'utf8'));
  if (authority === undefined) return undefined;
  const signer = new x509.X509Certificate(authority.certificate.toString());
  return (await list.verify({ publicKey: signer })) ? list : undefined;
}

function setAsideIn(file: string): SetAside[] {
  const [, holder = '', why, serialNumber = ''] = SET_ASIDE.exec(file) ?? [];
  return isHolder(holder) ? [{ file, holder, serialNumber, isRevoked: why === 'revoked' }] : [];
}

function isOpen(file: string): boolean {
  return (
    process.platform !== 'win32' && ((statSync(file, { throwIfNoEntry: false })?.mode ?? 0) & OTHERS) !== 0
  );
}
