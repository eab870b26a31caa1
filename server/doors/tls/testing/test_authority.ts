/** What a test of a door with TLS needs: a CA, a server's credentials, and certificates for whoever connects. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';

import { Authority, Certificate, CertificateWish, pem } from '../../../../tests/support/certificates';
import { certificateUriOf } from '../../identity/certificate_party';
import type { Party } from '../../identity/party';
import { Revocations } from '../revocations';
import { TlsCredentials } from '../tls_credentials';

/** How a client connects. */
export type ClientTls = Pick<
  ConnectionOptions,
  'ca' | 'cert' | 'key' | 'servername' | 'maxVersion' | 'minVersion'
>;

/** A CA in a folder of its own. */
export class TestAuthority {
  readonly authority: Authority;
  readonly #folder: string;
  readonly #server: Certificate;

  static async make(): Promise<TestAuthority> {
    const folder = mkdtempSync(join(tmpdir(), 'lottery-tls-'));
    const authority = await Authority.make(folder, 'ca');
    return new TestAuthority(folder, authority, await authority.sign({ hosts: ['localhost', '127.0.0.1'] }));
  }

  private constructor(folder: string, authority: Authority, server: Certificate) {
    this.#folder = folder;
    this.authority = authority;
    this.#server = server;
  }

  /** Another CA. */
  strangers(): Promise<Authority> {
    return Authority.make(this.#folder, 'strangers');
  }

  /** The server's credentials. @param asks whether it asks its clients for certificates of this CA */
  credentials(asks = true): Promise<TlsCredentials> {
    const { certificate: clientAuthority, revocations: clientRevocations } = this.authority;
    const asked = asks ? { clientAuthority, clientRevocations } : {};
    const files = { clientAuthority: undefined, clientRevocations: undefined, ...this.#server, ...asked };
    return TlsCredentials.read(
      files,
      (file, lists) => Revocations.read(file, lists),
      () => undefined,
    );
  }

  /** A client without a certificate, that believes the server's. */
  get nobody(): ClientTls {
    return { ca: pem(this.authority.certificate), servername: 'localhost' };
  }

  /** A client with a certificate. */
  holding({ certificate, key }: Certificate): ClientTls {
    return { ...this.nobody, cert: pem(certificate), key: pem(key) };
  }

  /** A client with a new certificate that names a party. */
  async client(party: Party, wish: CertificateWish = {}): Promise<ClientTls> {
    return this.holding(await this.authority.sign({ uri: certificateUriOf(party), ...wish }));
  }

  /** Removes its folder. */
  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
