/** What is wanted of a folder of certificates, and what came of it. */
import { Standing } from './standing';

/** How long a certificate is good, unless another time is asked for. */
export const DEFAULT_DAYS = 365;

/** What is wanted of a folder of certificates. */
export interface CertificatesPlan {
  /** The folder. It is made, for its owner alone, when `agencies` is given. */
  readonly out: string;
  /** What is missing is made for so many agencies, 1 to `MAX_AGENCIES`, and for all others; left out, nothing is. */
  readonly agencies?: number;
  /**
   * The DNS names and IP addresses, as `hostFrom` gives them, that a server's certificate which is made has besides those
   * that it always has. Left out, none; one that is renewed keeps those that it had.
   */
  readonly hosts?: readonly string[];
  /** How many days what is made is good; `DEFAULT_DAYS` if left out. It never outlives the authority. */
  readonly days?: number;
  /** Who gets a new key and certificate although there are some: these, or all whose expire within 30 days. */
  readonly renew?: 'due' | readonly string[];
  /** What goes into the revocation list: a holder's certificate, or one that was replaced, by its serial number. */
  readonly revoke?: readonly string[];
  /** The time by which to judge; now if left out. */
  readonly now?: Date;
}

/** A certificate that is in use no more. */
export interface Former {
  readonly name: string;
  readonly serialNumber: string;
}

/** What was done, and what is there now. */
export interface CertificatesReport {
  /** Who got a certificate and had none. */
  readonly made: readonly string[];
  /** Who got a new one. */
  readonly renewed: readonly string[];
  /** The certificates that were replaced and are still good, until they expire or are revoked. */
  readonly replaced: readonly Former[];
  readonly revoked: readonly Former[];
  /** Whether something that was made is good for less time than was asked for, since the authority expires. */
  readonly isCutShort: boolean;
  /** Everybody's certificate, and the revocation list, in order. */
  readonly standings: readonly Standing[];
  /** What the operator should see to, each in one line. */
  readonly problems: readonly string[];
}
