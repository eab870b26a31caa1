import type { X509Certificate } from 'node:crypto';

import { ConfigurationError, oneLine } from '../../../program/exit';
import { x509 } from '../identity/x509';

/** Which certificates their authorities have revoked (RFC 5280, 5). */
export class Revocations {
  /** The names of those who have revoked, by serial number. */
  readonly #issuersOf = new Map<string, Set<string>>();
  /** When the first of the lists is out of date, in milliseconds; `Infinity` where none says so. */
  readonly expiresAtMs: number;

  /**
   * Reads the lists of a file.
   *
   * @param lists in PEM form. That they are signed by who they say is checked with each handshake
   * @throws ConfigurationError with the file's name
   */
  static read(file: string, lists: readonly string[]): Revocations {
    try {
      return new Revocations(lists.map((list) => new x509.X509Crl(list)));
    } catch (error) {
      throw new ConfigurationError(`${file}: holds a revocation list that cannot be read: ${oneLine(error)}`);
    }
  }

  private constructor(lists: readonly x509.X509Crl[]) {
    this.expiresAtMs = Math.min(...lists.map(({ nextUpdate }) => nextUpdate?.getTime() ?? Infinity));
    for (const { issuer, entries } of lists) {
      for (const { serialNumber } of entries) {
        const serial = plain(serialNumber);
        const issuers = this.#issuersOf.get(serial) ?? new Set();
        this.#issuersOf.set(serial, issuers.add(issuer));
      }
    }
  }

  /** Whether a certificate is in a list of its issuer. */
  has(certificate: X509Certificate): boolean {
    const issuers = this.#issuersOf.get(plain(certificate.serialNumber));
    return issuers !== undefined && issuers.has(new x509.X509Certificate(certificate.raw).issuer);
  }
}

/** A serial number as the same text, however it was written. */
function plain(hexadecimal: string): string {
  return hexadecimal.toLowerCase().replace(/^0+(?=.)/, '');
}
