import type { X509Certificate } from 'node:crypto';
import { createSecureContext, SecureContextOptions } from 'node:tls';

import { ConfigurationError, oneLine } from '../../../program/exit';
import { refusalOfCode } from './peer_certificate';
import { readCertificates, readPrivateKey, readRevocationLists } from './pem_files';
import type { Revocations } from './revocations';

/** The files of a server's credentials. */
export interface CredentialFiles {
  /** Its certificate, and those of the authorities between it and its CA, if there are any. */
  readonly certificate: string;
  readonly key: string;
  /** The certificates of the authorities whose clients are believed; without it nobody is asked for a certificate. */
  readonly clientAuthority: string | undefined;
  /** The revocation lists of these authorities. */
  readonly clientRevocations: string | undefined;
}

/** A certificate or a list that will expire. */
export interface ExpiringCertificate {
  /** What it is: `server`, `client CA` or `revocation list`. */
  readonly name: string;
  readonly expiresAtMs: number;
}

/** Reads revocation lists; a parameter, since what it needs takes a moment to load. */
export type ReadRevocations = (file: string, lists: readonly string[]) => Revocations | Promise<Revocations>;

/** What was read of the files. */
interface Content {
  readonly options: SecureContextOptions;
  readonly own: X509Certificate;
  readonly authorities: readonly X509Certificate[];
  readonly revocations: Revocations | undefined;
}

/** With which certificate the server answers over TLS, and whose certificates it believes. It can be read anew. */
export class TlsCredentials {
  readonly #files: CredentialFiles;
  readonly #read: () => Promise<Content>;
  readonly #listeners = new Set<() => void>();
  #content: Content;
  #generation = 0;
  /** Whether an authority was believed before the last reading, and is not now. */
  #hasLostAuthority = false;

  /**
   * Reads the files.
   *
   * @param read called where there are revocation lists
   * @param warn told what is no mistake, but may not be meant
   * @throws ConfigurationError with one line that names the file
   */
  static async read(
    files: CredentialFiles,
    read: ReadRevocations,
    warn: (reason: string) => void,
  ): Promise<TlsCredentials> {
    const readAll = (): Promise<Content> => readContent(files, read, warn);
    return new TlsCredentials(files, readAll, await readAll());
  }

  private constructor(files: CredentialFiles, read: () => Promise<Content>, content: Content) {
    this.#files = files;
    this.#read = read;
    this.#content = content;
  }

  /** What a context of TLS is made of. */
  get options(): SecureContextOptions {
    return this.#content.options;
  }

  /** Whether peers are asked for certificates. */
  get hasClientAuthority(): boolean {
    return this.#files.clientAuthority !== undefined;
  }

  /** How often the files were read again. */
  get generation(): number {
    return this.#generation;
  }

  /** When what it was read from expires. */
  get expiring(): readonly ExpiringCertificate[] {
    const { own, authorities, revocations } = this.#content;
    return [
      { name: 'server', expiresAtMs: Date.parse(own.validTo) },
      ...authorities.map(({ validTo }) => ({ name: 'client CA', expiresAtMs: Date.parse(validTo) })),
      ...(revocations === undefined
        ? []
        : [{ name: 'revocation list', expiresAtMs: revocations.expiresAtMs }]),
    ];
  }

  /** Calls `listener` after each change. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /**
   * Reads the files again.
   *
   * @throws ConfigurationError as {@link TlsCredentials.read}; what was read before stays then
   */
  async reload(): Promise<void> {
    const before = new Set(this.#content.authorities.map(({ fingerprint256 }) => fingerprint256));
    this.#content = await this.#read();
    for (const { fingerprint256 } of this.#content.authorities) before.delete(fingerprint256);
    this.#hasLostAuthority = before.size > 0;
    this.#generation++;
    for (const listener of this.#listeners) listener();
  }

  /**
   * Why a certificate that was believed once is so no more.
   *
   * @returns `undefined` for one that is still believed
   */
  refusalOf(certificate: X509Certificate, nowMs: number): string | undefined {
    if (Date.parse(certificate.validTo) < nowMs) return refusalOfCode('CERT_HAS_EXPIRED');
    return this.#content.revocations?.has(certificate) === true ? refusalOfCode('CERT_REVOKED') : undefined;
  }

  /**
   * Whether a connection whose certificate was believed is to be dropped after a change. Of one that was issued by somebody
   * between the authorities and it that cannot be told once an authority is gone: it is dropped, and proves itself again.
   */
  isLost(certificate: X509Certificate, nowMs: number): boolean {
    if (this.refusalOf(certificate, nowMs) !== undefined) return true;
    return this.#hasLostAuthority && !this.#hasIssued(certificate);
  }

  #hasIssued(certificate: X509Certificate): boolean {
    return this.#content.authorities.some(
      (authority) => certificate.checkIssued(authority) && certificate.verify(authority.publicKey),
    );
  }
}

async function readContent(
  files: CredentialFiles,
  read: ReadRevocations,
  warn: (reason: string) => void,
): Promise<Content> {
  const { clientAuthority, clientRevocations } = files;
  const chain = readCertificates(files.certificate);
  const key = readPrivateKey(files.key, warn);
  const authorities = clientAuthority === undefined ? [] : readCertificates(clientAuthority);
  const lists = clientRevocations === undefined ? [] : readRevocationLists(clientRevocations);
  const options: SecureContextOptions = {
    cert: chain.map(String).join(''),
    key,
    ...(authorities.length > 0 && { ca: authorities.map(String) }),
    ...(lists.length > 0 && { crl: lists }),
  };
  try {
    createSecureContext(options);
  } catch (error) {
    throw new ConfigurationError(`${files.certificate}: does not go with ${files.key}: ${oneLine(error)}`);
  }
  const revocations = clientRevocations === undefined ? undefined : await read(clientRevocations, lists);
  return { options, own: chain[0]!, authorities, revocations };
}
