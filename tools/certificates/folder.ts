/** Changes to a folder of certificates. Each file is there whole or not at all, and durable, before the next is touched. */
import { readFileSync, statSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { OperationError, oneLine } from '../../program/exit';
import { makeFolder, PRIVATE_FILE, PRIVATE_FOLDER } from '../../program/folders';
import { writeFileWithRights } from '../../program/whole_file';
import { setAsideFile } from './contents';
import { filesOf, REVOCATIONS_FILE } from './holders';
import { Issued } from './issue';

const READABLE_FILE = 0o644;

/** A folder of certificates. Its methods throw an OperationError when a file cannot be changed. */
export class CertificateFolder {
  readonly #path: string;
  readonly #owner: { readonly uid: number; readonly gid: number } | undefined;

  /**
   * One that is there. What root writes into it belongs to the folder's owner, who can replace it anyway.
   *
   * @throws the file system's error
   */
  constructor(path: string) {
    const { uid, gid } = statSync(path);
    this.#path = path;
    this.#owner = process.getuid?.() === 0 ? { uid, gid } : undefined;
  }

  /** Makes the folder for its owner alone, if there is none. */
  static make(path: string): CertificateFolder {
    try {
      makeFolder(path, PRIVATE_FOLDER);
      return new CertificateFolder(path);
    } catch (error) {
      throw new OperationError(`--out: ${path} cannot be made: ${oneLine(error)}`);
    }
  }

  /** Writes a key, for its owner alone, and its certificate. */
  async writePair(name: string, { certificate, key }: Issued): Promise<void> {
    await this.#write(filesOf(name).key, key, PRIVATE_FILE);
    await this.writeCertificate(name, certificate);
  }

  /** Writes a certificate whose key is there. */
  async writeCertificate(name: string, certificate: string): Promise<void> {
    await this.#write(filesOf(name).certificate, certificate, READABLE_FILE);
  }

  /** Writes the revocation list. */
  async writeRevocations(list: string): Promise<void> {
    await this.#write(REVOCATIONS_FILE, list, READABLE_FILE);
  }

  /** Keeps a copy of a certificate that is about to be replaced. */
  async keepReplaced(name: string, serialNumber: string): Promise<void> {
    const text = readFileSync(join(this.#path, filesOf(name).certificate), 'utf8');
    await this.#write(setAsideFile(name, 'replaced', serialNumber), text, READABLE_FILE);
  }

  /** Deletes the key of a certificate that was revoked, and puts the certificate aside. */
  async putAside(name: string, serialNumber: string): Promise<void> {
    const { certificate, key } = filesOf(name);
    await this.#change(key, (path) => rm(path, { force: true }));
    await this.renameRevoked(certificate, name, serialNumber);
  }

  /** Puts a file aside as that of a certificate that was revoked. */
  async renameRevoked(file: string, name: string, serialNumber: string): Promise<void> {
    const aside = join(this.#path, setAsideFile(name, 'revoked', serialNumber));
    await this.#change(file, (path) => rename(path, aside));
  }

  async #write(file: string, text: string, mode: number): Promise<void> {
    const rights = { mode, ...(this.#owner === undefined ? {} : { owner: this.#owner }) };
    await this.#change(file, (path) => writeFileWithRights(path, [text], rights));
  }

  async #change(file: string, change: (path: string) => Promise<void>): Promise<void> {
    const path = join(this.#path, file);
    await change(path).catch((error: unknown) => {
      throw new OperationError(`${path}: cannot be written: ${oneLine(error)}`);
    });
  }
}
