/** Who is connected, by what right and since when. No addresses. */
import type { DoorName } from './door_name';

/** The operator, the auditor, or an agency by its number. */
export type PartyName = 'operator' | 'auditor' | number;

/** How it is known who somebody is: by a certificate, by a token, or not at all, since nobody has to say so. */
export type Right = 'certificate' | 'token' | 'none';

/** Every right, the weakest last. */
export const RIGHTS: readonly Right[] = ['certificate', 'token', 'none'];

/** A request of a party that has no connection of its own: over HTTP, for example. */
export interface Seen {
  readonly right: Right;
  readonly door: DoorName;
  /** In milliseconds since 1970. */
  readonly atMs: number;
}

/** Where a party stands. */
export interface Presence {
  /** How many connections to this server speak for it. */
  readonly connections: number;
  /** By what right; the weakest of its connections. `undefined` while there is none. */
  readonly right: Right | undefined;
  /** When the first of the connections that are open began to speak for it, in milliseconds since 1970. */
  readonly sinceMs: number | undefined;
  /** When the first of its connections' certificates expires, in milliseconds since 1970. */
  readonly certificateExpiresAtMs: number | undefined;
  /** Its last request without a connection of its own, since the server was started. */
  readonly seen: Seen | undefined;
}

const ABSENT: Presence = {
  connections: 0,
  right: undefined,
  sinceMs: undefined,
  certificateExpiresAtMs: undefined,
  seen: undefined,
};

interface Connection {
  readonly right: Right;
  readonly sinceMs: number;
  /** `Infinity` without a certificate. */
  readonly expiresAtMs: number;
}

/** One party's connections: what is asked of them often is kept, so that many cost no more than one. */
class OpenConnections implements Presence {
  /** The oldest first. */
  readonly #open = new Set<Connection>();
  readonly #countOf: Record<Right, number> = { certificate: 0, token: 0, none: 0 };
  #expiresAtMs = Infinity;
  seen: Seen | undefined;

  get connections(): number {
    return this.#open.size;
  }

  get right(): Right | undefined {
    return RIGHTS.findLast((right) => this.#countOf[right] > 0);
  }

  get sinceMs(): number | undefined {
    const [first] = this.#open;
    return first?.sinceMs;
  }

  get certificateExpiresAtMs(): number | undefined {
    return Number.isFinite(this.#expiresAtMs) ? this.#expiresAtMs : undefined;
  }

  add(connection: Connection): void {
    this.#open.add(connection);
    this.#countOf[connection.right]++;
    this.#expiresAtMs = Math.min(this.#expiresAtMs, connection.expiresAtMs);
  }

  remove(connection: Connection): void {
    if (!this.#open.delete(connection)) return;
    this.#countOf[connection.right]--;
    if (connection.expiresAtMs === this.#expiresAtMs)
      this.#expiresAtMs = this.#firstExpiry(this.#expiresAtMs);
  }

  /** @param earliest none expires before: connections of one certificate need no look at all of them */
  #firstExpiry(earliest: number): number {
    let first = Infinity;
    for (const { expiresAtMs } of this.#open) {
      if (expiresAtMs === earliest) return earliest;
      first = Math.min(first, expiresAtMs);
    }
    return first;
  }
}

/** Who is connected. Those who are not, and have not asked anything, take no memory. */
export class Presences {
  readonly #parties = new Map<PartyName, OpenConnections>();
  readonly #agenciesOf: Record<Right, number> = { certificate: 0, token: 0, none: 0 };

  /** Where a party stands. */
  of(party: PartyName): Presence {
    return this.#parties.get(party) ?? ABSENT;
  }

  /** How many agencies are connected by a right. */
  connectedAgencies(right: Right): number {
    return this.#agenciesOf[right];
  }

  /** Those who are connected with certificates, and when the first certificate of each expires. */
  *certificates(): Generator<readonly [party: PartyName, expiresAtMs: number]> {
    for (const [party, { certificateExpiresAtMs: expiresAtMs }] of this.#parties) {
      if (expiresAtMs !== undefined) yield [party, expiresAtMs];
    }
  }

  /**
   * A connection speaks for a party.
   *
   * @param certificateExpiresAtMs when the certificate of its peer expires, in milliseconds since 1970
   * @returns to be called when it does so no more
   */
  connected(party: PartyName, right: Right, certificateExpiresAtMs = Infinity): () => void {
    const connection = { right, sinceMs: Date.now(), expiresAtMs: certificateExpiresAtMs };
    this.#change(party, (open) => open.add(connection));
    return () => this.#change(party, (open) => open.remove(connection));
  }

  /** A party has asked something, and keeps no connection. */
  seen(party: PartyName, right: Right, door: DoorName): void {
    this.#change(party, (open) => (open.seen = { right, door, atMs: Date.now() }));
  }

  #change(party: PartyName, change: (open: OpenConnections) => void): void {
    const open = this.#parties.get(party) ?? new OpenConnections();
    const before = open.right;
    change(open);
    const { right, seen } = open;
    if (right !== undefined || seen !== undefined) this.#parties.set(party, open);
    else this.#parties.delete(party);
    if (typeof party !== 'number' || before === right) return;
    if (before !== undefined) this.#agenciesOf[before]--;
    if (right !== undefined) this.#agenciesOf[right]++;
  }
}
