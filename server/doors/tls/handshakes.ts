import { constants, randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { createServer, Server, TLSSocket } from 'node:tls';

import type { Clock } from '../../../program/clock';
import type { Log } from '../../../program/log';
import { LogLimiter } from '../../../program/log_limiter';
import { firstByte, NoFirstByte } from './first_byte';
import type { TlsCredentials } from './tls_credentials';
import { HANDSHAKE_TIMEOUT_MS, MAX_HANDSHAKES } from './limits';
import { NOT_IN_TIME, PEER_CLOSED, reasonOf } from './handshake_errors';
import { NO_CERTIFICATE, refusalOfCode, TlsPeer } from './peer_certificate';

/** The handshakes of one door. */
export interface HandshakeSettings {
  /** The door, for the log. */
  readonly door: string;
  /** The protocols over TLS that are offered (RFC 7301); none if left out. */
  readonly applicationProtocols?: readonly string[] | undefined;
  /** How long a handshake may take; {@link HANDSHAKE_TIMEOUT_MS} if left out. */
  readonly timeoutMs?: number | undefined;
  /** How many may be under way; {@link MAX_HANDSHAKES} if left out. */
  readonly maximum?: number | undefined;
}

type Done = (secured: TLSSocket, peer: TlsPeer) => void;
type InClear = (socket: Socket) => void;

interface Handshake {
  readonly socket: Socket;
  readonly done: Done;
}

/** What a text begins with that was sent without TLS. */
const LETTER = /^[A-Za-z]$/;
/** The length of the keys that tickets are encrypted with, as Node wants it. */
const TICKET_KEYS_BYTES = 48;

/**
 * The handshakes of a door: TLS 1.2 and 1.3, with what the credentials are at the time. A handshake that stalls costs its
 * sender alone: there are only so many, and the oldest makes room for the newest.
 */
export class TlsHandshakes {
  readonly #settings: HandshakeSettings;
  readonly #credentials: TlsCredentials;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #limiter: LogLimiter;
  readonly #server: Server;
  /** By the addresses at both ends, the oldest first. */
  readonly #underWay = new Map<string, Handshake>();
  #failed = 0;

  constructor(settings: HandshakeSettings, credentials: TlsCredentials, clock: Clock, log: Log) {
    this.#settings = settings;
    this.#credentials = credentials;
    this.#clock = clock;
    this.#log = log;
    this.#limiter = new LogLimiter(() => clock.nowMs());
    // It never listens: the sockets come from the door.
    this.#server = createServer({
      ...this.#contextOptions(),
      requestCert: credentials.hasClientAuthority,
      rejectUnauthorized: false,
      handshakeTimeout: this.#timeoutMs,
      ...(settings.applicationProtocols && { ALPNProtocols: [...settings.applicationProtocols] }),
    });
    this.#server.on('secureConnection', (secured) => this.#finish(secured));
    this.#server.on('tlsClientError', (error, secured) => this.#fail(secured, reasonOf(error)));
    credentials.onChange(() => this.#renew());
  }

  get #timeoutMs(): number {
    return this.#settings.timeoutMs ?? HANDSHAKE_TIMEOUT_MS;
  }

  /** How many are under way. */
  get count(): number {
    return this.#underWay.size;
  }

  /** How many have failed since the start. */
  get failedCount(): number {
    return this.#failed;
  }

  /**
   * Begins a handshake. A socket whose handshake fails, or takes too long, is destroyed.
   *
   * @param done told the encrypted socket, and who is there. A peer whose certificate is not believed is nobody, and may be
   *   told why in the words of its protocol: TLS itself would only close the connection
   * @param inClear told the socket of a peer that sends a text without TLS, which is the callee's then; if left out, that
   *   is a handshake that fails
   */
  begin(socket: Socket, done: Done, inClear?: InClear): void {
    const name = nameOf(socket);
    if (name === undefined) return void socket.destroy();
    this.#underWay.set(name, { socket, done });
    socket.once('close', () => {
      if (this.#underWay.get(name)?.socket === socket) this.#underWay.delete(name);
    });
    if (this.#underWay.size > (this.#settings.maximum ?? MAX_HANDSHAKES)) this.#giveUpOldest();
    // A peer that ends in the middle of it is gone; later it may go on to take what it is owed.
    socket.allowHalfOpen = false;
    if (inClear === undefined) this.#server.emit('connection', socket);
    else firstByte(socket, this.#timeoutMs, (first) => this.#go(name, socket, first, inClear));
  }

  #go(name: string, socket: Socket, first: number | NoFirstByte, inClear: InClear): void {
    if (typeof first === 'string') {
      this.#report(first === 'late' ? NOT_IN_TIME : PEER_CLOSED, socket.remoteAddress);
      return void socket.destroy();
    }
    if (!LETTER.test(String.fromCharCode(first))) return void this.#server.emit('connection', socket);
    this.#underWay.delete(name);
    socket.allowHalfOpen = true;
    inClear(socket);
  }

  #giveUpOldest(): void {
    const [oldest] = this.#underWay;
    if (oldest === undefined) return;
    const [name, { socket }] = oldest;
    this.#underWay.delete(name);
    this.#report('given up for newer ones: too many are under way', socket.remoteAddress);
    socket.destroy();
  }

  #finish(secured: TLSSocket): void {
    // A peer that has left already has no address any more.
    const name = nameOf(secured);
    const handshake = name === undefined ? undefined : this.#underWay.get(name);
    if (name === undefined || handshake === undefined) return void secured.destroy();
    this.#underWay.delete(name);
    secured.allowHalfOpen = true;
    const peer = this.#peerOf(secured);
    if (peer.refusal !== undefined && peer.refusal !== NO_CERTIFICATE) {
      this.#report(`not believed: ${peer.refusal}`, secured.remoteAddress);
    }
    handshake.done(secured, peer);
  }

  #peerOf(secured: TLSSocket): TlsPeer {
    if (!this.#credentials.hasClientAuthority) return { certificate: undefined, refusal: undefined };
    const certificate = secured.getPeerX509Certificate();
    if (certificate === undefined) return { certificate: undefined, refusal: NO_CERTIFICATE };
    // A session that was resumed was not verified again.
    const refusal = secured.authorized
      ? this.#credentials.refusalOf(certificate, this.#clock.nowMs())
      : refusalOfCode(String(secured.authorizationError));
    return { certificate: refusal === undefined ? certificate : undefined, refusal };
  }

  #fail(secured: TLSSocket, reason: string): void {
    const { remoteAddress } = secured;
    secured.destroy();
    this.#report(reason, remoteAddress);
  }

  /** Counts it, and logs each reason at most once a second. */
  #report(reason: string, address: string | undefined): void {
    this.#failed++;
    const more = this.#limiter.admit(reason);
    if (more === undefined) return;
    this.#log.warning('tls_handshake', 'fail', {
      door: this.#settings.door,
      reason,
      ...(address !== undefined && { address }),
      more,
    });
  }

  /**
   * Sessions that were agreed on with the credentials before are not resumed, and handshakes under way are given up: what
   * they were begun with may be good no more.
   */
  #renew(): void {
    for (const { socket } of this.#underWay.values()) socket.destroy();
    this.#server.setSecureContext(this.#contextOptions());
    this.#server.setTicketKeys(randomBytes(TICKET_KEYS_BYTES));
  }

  #contextOptions() {
    return {
      ...this.#credentials.options,
      minVersion: 'TLSv1.2' as const,
      // Each renegotiation costs as much as a handshake, and nobody needs it.
      secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    };
  }
}

/** What no other open connection of this machine is called. */
function nameOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string | undefined {
  if (remoteAddress === undefined || remotePort === undefined) return undefined;
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}
