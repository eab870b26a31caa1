/**
 * Certificates of a test's own, good and bad ones, made without any program. A test of TLS:
 *
 *     const authority = await Authority.make(folder, 'ca');
 *     const server = await authority.sign({ hosts: ['localhost'] });
 *     const agency = await authority.sign({ uri: 'lottery:agency-7' });
 *     const late = await authority.sign({ uri: 'lottery:agency-7', days: -1 });
 *     const early = await authority.sign({ uri: 'lottery:agency-7', from: 1 });
 *     const wrong = await authority.sign({ uri: 'lottery:agency-7', purpose: 'server' });
 *     const stranger = await (await Authority.make(folder, 'stranger')).sign({ uri: 'lottery:agency-7' });
 *     await authority.revoke(agency);
 *
 * Everything is in files: `authority.certificate` and `.revocations`, `agency.certificate` and `.key`.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { x509 } from '../../server/doors/identity/x509';
import { Issued, Issuer, Purpose, Revocation, Validity } from '../../tools/certificates/issue';

const DAY_MS = 24 * 60 * 60 * 1000;
/** How long before it is made something that is valid begins to be so. */
const BEFORE_MS = 60 * 60 * 1000;

/** The files of a certificate and its key, in PEM. Only their owner can read the key. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** What a certificate says. All can be left out. */
export interface CertificateWish {
  /** The common name, which means something to PostgreSQL alone; `test` if left out. */
  readonly name?: string;
  /** The URI that names a party; none if left out. */
  readonly uri?: string;
  /** DNS names and IP addresses; none if left out. */
  readonly hosts?: readonly string[];
  /** In how many days it begins to be valid; an hour ago if left out. 1 for one that is not yet valid. */
  readonly from?: number;
  /** For how many days from now, or from `from` on, it is valid; 1 if left out. -1 for one that has expired a day ago. */
  readonly days?: number;
  /** For which side it is good; if left out `server` with `hosts`, and `client` without. */
  readonly purpose?: Purpose;
}

/** A certificate authority. */
export class Authority {
  readonly #place: string;
  readonly #issuer: Issuer;
  readonly #revoked: Revocation[] = [];
  /** The file of its own certificate. */
  readonly certificate: string;
  /** The file of its own key. */
  readonly key: string;
  /** The file of its revocation list, which is empty at first. */
  readonly revocations: string;
  #signed = 0;
  #listed = 0;

  /**
   * Makes one, in `NAME.crt`, `NAME.key` and `NAME.crl`; the certificates that it signs are in `NAME-1.crt`, `NAME-1.key` …
   *
   * @param folder is there, and holds no authority of this name
   * @param valid as of a certificate
   */
  static async make(
    folder: string,
    name: string,
    valid: Pick<CertificateWish, 'days'> = {},
  ): Promise<Authority> {
    const issued = await Issuer.make(name, validity(valid));
    const authority = new Authority(join(folder, name), await Issuer.of(issued));
    write(authority, issued);
    await authority.writeRevocations();
    return authority;
  }

  private constructor(place: string, issuer: Issuer) {
    this.#place = place;
    this.#issuer = issuer;
    this.certificate = `${place}.crt`;
    this.key = `${place}.key`;
    this.revocations = `${place}.crl`;
  }

  /** Makes a certificate that it vouches for. */
  async sign(wish: CertificateWish): Promise<Certificate> {
    const place = `${this.#place}-${++this.#signed}`;
    const { name = 'test', uri, hosts, purpose = hosts === undefined ? 'client' : 'server' } = wish;
    const names = { ...(uri === undefined ? {} : { uri }), ...(hosts === undefined ? {} : { hosts }) };
    const made = { certificate: `${place}.crt`, key: `${place}.key` };
    write(made, await this.#issuer.issue({ name, purpose, ...names, ...validity(wish) }));
    return made;
  }

  /** Puts a certificate into the revocation list, beside those that are there, and replaces the list's file as a whole. */
  async revoke({ certificate }: Pick<Certificate, 'certificate'>): Promise<void> {
    const { serialNumber } = new x509.X509Certificate(pem(certificate));
    this.#revoked.push({ serialNumber, date: new Date() });
    await this.writeRevocations();
  }

  /** Replaces the file of the revocation list by one with the same entries. @param days as of a certificate */
  async writeRevocations({ days = 1 }: Pick<CertificateWish, 'days'> = {}): Promise<void> {
    const list = { number: ++this.#listed, entries: this.#revoked, ...validity({ days }) };
    const temporary = `${this.revocations}.part`;
    writeFileSync(temporary, await this.#issuer.listRevoked(list));
    renameSync(temporary, this.revocations);
  }
}

/** The text of a file that was made. */
export function pem(file: string): string {
  return readFileSync(file, 'utf8');
}

function validity({ from, days = 1 }: Pick<CertificateWish, 'from' | 'days'>): Validity {
  const now = Date.now();
  const until = now + ((from ?? 0) + days) * DAY_MS;
  // One that has expired was valid once.
  const start = from === undefined ? Math.min(now, until) - BEFORE_MS : now + from * DAY_MS;
  return { from: new Date(start), until: new Date(until) };
}

function write(files: Certificate, { certificate, key }: Issued): void {
  writeFileSync(files.certificate, certificate);
  writeFileSync(files.key, key, { mode: 0o600 });
}
