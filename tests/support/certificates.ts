/** Certificates of a test's own, made with the command `openssl`. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { findProgram } from '../../bench/peers/find_program';

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
const TIMEOUT_MS = 10_000;

/** The files of a certificate and its key, in PEM. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** What a certificate is for. */
export interface CertificateWish {
  /** The common name. */
  readonly name: string;
  /** Host names, as in `DNS:localhost`. */
  readonly hosts?: string;
  /** How long it is valid; -1 for one that expired yesterday. 1 if left out. */
  readonly days?: number;
}

/** Whether certificates can be made here. */
export function hasOpenssl(): boolean {
  try {
    return findProgram('openssl') !== '';
  } catch {
    return false;
  }
}

/** A certificate authority. */
export class Authority {
  readonly #folder: string;
  /** The file of its own certificate. */
  readonly certificate: string;
  readonly #key: string;
  #count = 0;

  /** Makes one. @param folder a new file's name begins with it; it is there */
  static make(folder: string, name: string): Authority {
    const authority = new Authority(folder, name);
    const words = ['req', '-x509', ...NEW_KEY, '-days', '1', '-subj', `/CN=${name}`];
    openssl([...words, '-keyout', authority.#key, '-out', authority.certificate]);
    return authority;
  }

  private constructor(folder: string, name: string) {
    this.#folder = join(folder, name);
    this.certificate = `${this.#folder}.crt`;
    this.#key = `${this.#folder}.key`;
  }

  /** Makes a certificate that it vouches for. */
  sign({ name, hosts, days = 1 }: CertificateWish): Certificate {
    const file = `${this.#folder}-${++this.#count}`;
    const made = { certificate: `${file}.crt`, key: `${file}.key` };
    const names = hosts === undefined ? [] : ['-addext', `subjectAltName=${hosts}`];
    openssl([
      'req',
      '-new',
      ...NEW_KEY,
      '-keyout',
      made.key,
      '-out',
      `${file}.csr`,
      '-subj',
      `/CN=${name}`,
      ...names,
    ]);
    const authority = ['-CA', this.certificate, '-CAkey', this.#key, '-CAcreateserial'];
    const words = ['x509', '-req', '-in', `${file}.csr`, ...authority, '-copy_extensions', 'copy'];
    openssl([...words, '-days', String(days), '-out', made.certificate]);
    return made;
  }
}

/** The text of a file that was made. */
export function pem(file: string): string {
  return readFileSync(file, 'utf8');
}

function openssl(words: readonly string[]): void {
  execFileSync(findProgram('openssl'), words, { stdio: 'ignore', timeout: TIMEOUT_MS });
}
