import type { X509Certificate } from 'node:crypto';

import type { Clock } from '../../../program/clock';
import { partyOfCertificate } from '../identity/certificate_party';
import type { Party } from '../identity/party';
import { NO_CERTIFICATE, NOT_OF_THE_CA, TlsPeer } from './peer_certificate';
import type { TlsCredentials } from './tls_credentials';

/** The certificate of one connection, over time: it may expire or be revoked while the connection is open. */
export class HeldCertificate {
  readonly #credentials: Pick<TlsCredentials, 'generation' | 'refusalOf' | 'isLost'>;
  readonly #clock: Clock;
  readonly #certificate: X509Certificate | undefined;
  /** When it expires, in milliseconds since 1970; `Infinity` where there is none. */
  readonly expiresAtMs: number;
  readonly #party: Party | undefined;
  #refusal: string | undefined;
  /** Of the credentials with which it was looked at last. */
  #generation: number;

  /** @param peer what the handshake has told. @param agencies how many agencies the lottery has */
  constructor(
    { certificate, refusal }: TlsPeer,
    agencies: number,
    credentials: Pick<TlsCredentials, 'generation' | 'refusalOf' | 'isLost'>,
    clock: Clock,
  ) {
    this.#credentials = credentials;
    this.#clock = clock;
    this.#certificate = certificate;
    this.#party = certificate === undefined ? undefined : partyOfCertificate(certificate, agencies);
    this.expiresAtMs = certificate === undefined ? Infinity : Date.parse(certificate.validTo);
    this.#generation = credentials.generation;
    if (certificate === undefined) this.#refusal = refusal === NO_CERTIFICATE ? undefined : refusal;
    else if (this.#party === undefined) this.#refusal = 'the certificate names no party of this lottery';
  }

  /** The party that it names; `undefined` where there is none, or it is not believed any more. */
  get party(): Party | undefined {
    return this.refusal === undefined ? this.#party : undefined;
  }

  /** Why it says nothing; `undefined` where it does, and where there is none. */
  get refusal(): string | undefined {
    return (this.#refusal ??= this.#lostSince());
  }

  /** Whether it was believed at the handshake, and is not any more. */
  get isLost(): boolean {
    return this.#certificate !== undefined && this.#party !== undefined && this.refusal !== undefined;
  }

  #lostSince(): string | undefined {
    const certificate = this.#certificate;
    if (certificate === undefined) return undefined;
    const { generation } = this.#credentials;
    const nowMs = this.#clock.nowMs();
    if (generation === this.#generation && nowMs <= this.expiresAtMs) return undefined;
    this.#generation = generation;
    if (!this.#credentials.isLost(certificate, nowMs)) return undefined;
    return this.#credentials.refusalOf(certificate, nowMs) ?? NOT_OF_THE_CA;
  }
}
