import { isIPv6 } from 'node:net';

/** Addresses that are kept in mind because someone there has placed a bet; the oldest are forgotten beyond. */
const MAX_KNOWN_ADDRESSES = 10_000;
/** One in so many places is kept for those who have placed a bet. */
const KEPT_SHARE = 10;
const MAPPED_IPV4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
/** The groups of an IPv6 address that name a network; the others are one customer's to choose. */
const NETWORK_GROUPS = 4;
const ALL_GROUPS = 8;

/** Why a connection has no place. */
export type NoPlace =
  'MAX_CONNECTIONS_PER_ADDRESS reached' | 'the places left are kept for who has placed a bet';

/** The place of one connection at a door. */
export interface Place {
  /** Someone on this connection has placed a bet: its place is one of those that are kept for such. */
  keep(): void;
  /** Gives the place back. */
  leave(): void;
}

/**
 * The places of a door: at most so many for one address, and a tenth only for connections that have placed a bet, or come
 * from where one was placed. So nobody can take all of them without betting, or from a single address.
 *
 * That there are no more connections than places is for the listening socket to see to.
 */
export class Places {
  readonly #maxPerAddress: number;
  readonly #maxStrangers: number;
  readonly #countOf = new Map<string, number>();
  /** The last are those that were heard of last. */
  readonly #known = new Set<string>();
  /** The last of them: whoever bets again and again is not moved there each time. */
  #lastKnown: string | undefined;
  #strangers = 0;

  /** @param total how many there are. @param maxPerAddress how many one address may have; half of them if left out */
  constructor(total: number, maxPerAddress = Math.ceil(total / 2)) {
    this.#maxPerAddress = maxPerAddress;
    this.#maxStrangers = total - Math.floor(total / KEPT_SHARE);
  }

  /** How many connections have a place that have not placed a bet, and come from where nobody has. */
  get strangers(): number {
    return this.#strangers;
  }

  /** Takes a place for a connection from an address; `undefined` for one that cannot be told. @returns it, or why not */
  enter(remoteAddress: string | undefined): Place | NoPlace {
    const address = networkOf(remoteAddress ?? '');
    const count = this.#countOf.get(address) ?? 0;
    if (count >= this.#maxPerAddress) return 'MAX_CONNECTIONS_PER_ADDRESS reached';
    const isKnown = this.#known.has(address);
    if (!isKnown && this.#strangers >= this.#maxStrangers) {
      return 'the places left are kept for who has placed a bet';
    }
    this.#countOf.set(address, count + 1);
    if (!isKnown) this.#strangers++;
    return this.#place(address, !isKnown);
  }

  #place(address: string, isStranger: boolean): Place {
    let isStrange = isStranger;
    let hasLeft = false;
    const noStranger = (): void => {
      if (isStrange) this.#strangers--;
      isStrange = false;
    };
    return {
      keep: () => {
        this.#remember(address);
        if (!hasLeft) noStranger();
      },
      leave: () => {
        if (hasLeft) return;
        hasLeft = true;
        noStranger();
        const others = (this.#countOf.get(address) ?? 1) - 1;
        if (others > 0) this.#countOf.set(address, others);
        else this.#countOf.delete(address);
      },
    };
  }

  #remember(address: string): void {
    if (address === this.#lastKnown) return;
    this.#lastKnown = address;
    this.#known.delete(address);
    this.#known.add(address);
    if (this.#known.size <= MAX_KNOWN_ADDRESSES) return;
    for (const oldest of this.#known) {
      this.#known.delete(oldest);
      return;
    }
  }
}

/** What counts as one address: of IPv6 the network of 64 bits, which any of its machines can vary below. */
export function networkOf(address: string): string {
  const [, mapped] = MAPPED_IPV4.exec(address) ?? [];
  if (mapped !== undefined || !isIPv6(address)) return mapped ?? address;
  const [head = '', tail] = address.replace(/%.*$/, '').split('::');
  const first = head.split(':').filter((group) => group !== '');
  const last = (tail ?? '').split(':').filter((group) => group !== '');
  const zeros = tail === undefined ? 0 : ALL_GROUPS - first.length - last.length;
  const groups = [...first, ...Array.from({ length: Math.max(0, zeros) }, () => '0'), ...last];
  return groups
    .slice(0, NETWORK_GROUPS)
    .map((group) => parseInt(group, 16).toString(16))
    .join(':');
}
