import type { X509Certificate } from 'node:crypto';

import type { Clock } from '../../../program/clock';
import type { Log } from '../../../program/log';
import { HandshakeSettings, TlsHandshakes } from './handshakes';
import { HeldCertificate } from './held_certificate';
import type { TlsPeer } from './peer_certificate';
import type { TlsCredentials } from './tls_credentials';

/** TLS at a door where a certificate is one way of several to say who one is. */
export class DoorTls {
  readonly handshakes: TlsHandshakes;
  readonly #agencies: number;
  readonly #credentials: TlsCredentials;
  readonly #clock: Clock;

  /** @param agencies how many agencies the lottery has */
  constructor(
    settings: HandshakeSettings,
    agencies: number,
    credentials: TlsCredentials,
    clock: Clock,
    log: Log,
  ) {
    this.handshakes = new TlsHandshakes(settings, credentials, clock, log);
    this.#agencies = agencies;
    this.#credentials = credentials;
    this.#clock = clock;
  }

  /** Whether clients can say with a certificate who they are. */
  get asksForCertificates(): boolean {
    return this.#credentials.hasClientAuthority;
  }

  /** The certificate of a connection, as the handshake has told of it. */
  hold(peer: TlsPeer): HeldCertificate {
    return new HeldCertificate(peer, this.#agencies, this.#credentials, this.#clock);
  }

  /** Whether a certificate that was believed at a handshake is so no more, after a change. */
  isLost(certificate: X509Certificate): boolean {
    return this.#credentials.isLost(certificate, this.#clock.nowMs());
  }

  /** Calls `listener` whenever certificates that were believed may be so no more. */
  onChange(listener: () => void): void {
    this.#credentials.onChange(listener);
  }
}
