/** A server's certificates, and parties that connect to it with their own. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, TLSSocket } from 'node:tls';

import { Authority, CertificateWish, pem } from './certificates';

/** For how many days what a server has is valid. */
export interface ServerValidity {
  readonly authorityDays: number;
  readonly serverDays: number;
}

/** A certificate authority, a server's certificate of it, and the connections of parties. */
export class TlsParties {
  readonly #folder: string;
  readonly #authority: Authority;
  readonly #open: TLSSocket[] = [];
  /** What a server needs that lets them in, on a port of its own choice. */
  readonly settings: Readonly<Record<string, string>>;

  /** Makes the certificates. */
  static async make({ authorityDays, serverDays }: ServerValidity): Promise<TlsParties> {
    const folder = mkdtempSync(join(tmpdir(), 'lottery-parties-'));
    const authority = await Authority.make(folder, 'ca', { days: authorityDays });
    const { certificate, key } = await authority.sign({ hosts: ['localhost'], days: serverDays });
    return new TlsParties(folder, authority, {
      SERVER_TLS_PORT: '0',
      SERVER_TLS_ADDRESS: '127.0.0.1',
      SERVER_TLS_CERT: certificate,
      SERVER_TLS_KEY: key,
      SERVER_TLS_CLIENT_CA: authority.certificate,
      HTTP_TLS: 'off',
    });
  }

  private constructor(folder: string, authority: Authority, settings: Readonly<Record<string, string>>) {
    this.#folder = folder;
    this.#authority = authority;
    this.settings = settings;
  }

  /** Connects a party to a port, and returns when the server has let it in. @param uri `lottery:agency-7`, for example */
  async connect(port: number, uri: string, wish: Pick<CertificateWish, 'days'> = {}): Promise<TLSSocket> {
    const { certificate, key } = await this.#authority.sign({ uri, ...wish });
    const socket = connect({
      host: '127.0.0.1',
      port,
      servername: 'localhost',
      ca: pem(this.#authority.certificate),
      cert: pem(certificate),
      key: pem(key),
    });
    this.#open.push(socket);
    socket.on('error', () => undefined);
    await once(socket, 'secureConnect');
    socket.write('ECHO here\n');
    await once(socket, 'data');
    return socket;
  }

  /** Ends the connections, and removes the files. */
  close(): void {
    for (const socket of this.#open) socket.destroy();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
