/**
 * Counts of what happens in the server, for its metrics and its page: plain numbers, so that counting costs next to
 * nothing where bets come in. No names, documents or bets.
 */
import { countDocuments, Draw } from '../ledger/draw';
import type { LedgerState, LotteryTerms } from '../ledger/ledger';
import type { AgencySums } from '../ledger/operation';
import type { CertificateExpiry } from './certificate_expiry';
import type { DoorName } from './door_name';
import { PartyName, Presences, Right } from './presence';
import type { RefusalCode } from './refusal_code';

/** One commit of the ledger. */
export interface CommitGroup {
  /** How many operations it carried out. */
  readonly operations: number;
  /** From taking the first operation to the end of the sync. */
  readonly durationMs: number;
}

/** An agency, as it is counted. */
export interface AgencyCounts {
  readonly batches: number;
  readonly bets: number;
  readonly isFinished: boolean;
  /**
   * When it was last heard of, in milliseconds since 1970: it has sent something here, or a server over the same ledger
   * has stored something of it. `undefined` when neither was so since the server was started.
   */
  readonly heardAtMs: number | undefined;
}

/** The TLS handshakes of a door. */
export interface HandshakeCounts {
  /** How many are under way. */
  readonly count: number;
  /** How many have failed since the start. */
  readonly failedCount: number;
}

/** The part of the sale that was seen since the server was started. */
export interface SeenSale {
  /** How many bets were stored, by all servers together. */
  readonly bets: number;
  /** When the first and the last of them were, in milliseconds since 1970. */
  readonly firstAtMs: number;
  readonly lastAtMs: number;
}

/** What the draw has come to; documents are left out. */
export interface DrawCounts {
  readonly isCalledOff: boolean;
  /** The number that has won; `undefined` when the draw was called off. */
  readonly winnerNumber?: number | undefined;
  /** How many bets took part. */
  readonly bets: number;
  readonly missingAgencies: readonly number[];
  /** For each agency that has winners, how many winning bets. */
  readonly winners: ReadonlyMap<number, number>;
}

/** Told of each commit. */
export type CommitListener = (group: CommitGroup) => void;

interface MutableCounts {
  batches: number;
  bets: number;
  isFinished: boolean;
  heardAtMs: number | undefined;
}

/** Counts since the server was started, and the agencies' sums since the lottery began. */
export class Telemetry {
  /** When the server was started, in milliseconds since 1970. */
  readonly startedAtMs = Date.now();
  readonly terms: LotteryTerms;
  /** The port of the agencies' door, once it listens. */
  tcpPort: number | undefined;
  /** Whether the internal control has cosigned what it was asked for last; `undefined` where there is none. */
  isControlBalanced: () => boolean | undefined = () => undefined;
  /** Who is connected, and by what right. */
  readonly presences = new Presences();
  /** Batches and bets that were stored since the start, and the bytes of their texts. */
  storedBatches = 0;
  storedBets = 0;
  storedBytes = 0;
  /** Batches that came again with the same content. */
  repeatedBatches = 0;
  /** Commits, the operations in them, and the time they took. */
  commits = 0;
  committedOperations = 0;
  commitMs = 0;
  /** Batches and bets of the whole lottery, those before this start and of other servers included. */
  totalBatches: number;
  totalBets: number;
  readonly #isShared: boolean;
  readonly #betsAtStart: number;
  #saleFromMs: number | undefined;
  #saleUntilMs = 0;
  readonly #agencies = new Map<number, MutableCounts>();
  readonly #refusals = new Map<string, number>();
  readonly #connections = new Map<DoorName, () => number>();
  readonly #handshakes = new Map<DoorName, HandshakeCounts>();
  #certificates: () => readonly CertificateExpiry[] = () => [];
  readonly #commitListeners = new Set<CommitListener>();
  #finishedAgencies: number;
  #draw: DrawCounts | undefined;
  #queuedBytes: () => number = () => 0;
  #isReady: () => boolean = () => false;
  #logHeldBytes: () => number = () => 0;

  /**
   * @param opened what the ledger held when it was opened
   * @param isShared whether other servers store too: then the sums of the lottery are those that `summed` tells
   */
  constructor(terms: LotteryTerms, opened: LedgerState, isShared = false) {
    this.terms = terms;
    this.#isShared = isShared;
    this.totalBatches = opened.batches;
    this.totalBets = opened.bets;
    this.#betsAtStart = opened.bets;
    for (const [agency, { batches, bets }] of opened.sums) {
      const counts = this.#countsOf(agency);
      counts.batches = batches;
      counts.bets = bets;
    }
    for (const agency of opened.finishedAgencies) this.#countsOf(agency).isFinished = true;
    this.#finishedAgencies = opened.finishedAgencies.size;
  }

  /** The agencies of which something is stored, that have finished, or that were heard of. */
  get agencies(): ReadonlyMap<number, AgencyCounts> {
    return this.#agencies;
  }

  /** How many agencies have finished. */
  get finishedAgencies(): number {
    return this.#finishedAgencies;
  }

  /** The draw, once it has run or was called off. */
  get draw(): DrawCounts | undefined {
    return this.#draw;
  }

  /** The part of the sale that was seen; `undefined` when nothing was stored since the start. */
  get seenSale(): SeenSale | undefined {
    if (this.#saleFromMs === undefined) return undefined;
    const bets = this.totalBets - this.#betsAtStart;
    return { bets, firstAtMs: this.#saleFromMs, lastAtMs: this.#saleUntilMs };
  }

  /** How many operations were refused since the start, by door and code. */
  get refusals(): readonly { readonly door: DoorName; readonly code: string; readonly count: number }[] {
    return [...this.#refusals].map(([key, count]) => {
      const [door, code] = key.split(' ') as [DoorName, string];
      return { door, code, count };
    });
  }

  /** Bytes of batches that are on their way to the storage. */
  get queuedBytes(): number {
    return this.#queuedBytes();
  }

  /** Bytes of the write-ahead log that a reader's transaction holds; 0 where there is no such log. */
  get logHeldBytes(): number {
    return this.#logHeldBytes();
  }

  /** Whether the server can take bets now. */
  get isReady(): boolean {
    return this.#isReady();
  }

  /** How many connections a door has; 0 where there is no such door. */
  connections(door: DoorName): number {
    return this.#connections.get(door)?.() ?? 0;
  }

  /** When the server's certificates expire, and its revocation list. */
  get certificates(): readonly CertificateExpiry[] {
    return this.#certificates();
  }

  /** The TLS handshakes of each door that has them. */
  get handshakes(): ReadonlyMap<DoorName, HandshakeCounts> {
    return this.#handshakes;
  }

  /** An agency has sent something. One that the lottery does not have is none. */
  heard(agency: number): void {
    if (this.#isAgency(agency)) this.#countsOf(agency).heardAtMs = Date.now();
  }

  /**
   * A connection speaks for a party. A party that the lottery does not have is none.
   *
   * @param certificateExpiresAtMs when the certificate of its peer expires, in milliseconds since 1970
   * @returns to be called when it does so no more
   */
  connected(party: PartyName, right: Right, certificateExpiresAtMs?: number): () => void {
    if (!this.#isParty(party)) return () => undefined;
    if (typeof party === 'number') this.#countsOf(party);
    return this.presences.connected(party, right, certificateExpiresAtMs);
  }

  /** A party has asked something through a door whose connections speak for nobody, as those of HTTP. */
  seen(party: PartyName, right: Right, door: DoorName): void {
    if (!this.#isParty(party)) return;
    if (typeof party === 'number') this.heard(party);
    this.presences.seen(party, right, door);
  }

  /** A batch is stored. */
  batchStored(agency: number, bets: number, bytes: number): void {
    this.storedBatches++;
    this.storedBets += bets;
    this.storedBytes += bytes;
    // Whether a sum that was told holds it already is not known.
    if (this.#isShared) return;
    const counts = this.#countsOf(agency);
    counts.batches++;
    counts.bets += bets;
    this.totalBatches++;
    this.totalBets += bets;
    this.#soldAt(counts.heardAtMs ?? Date.now());
  }

  /** So much is stored of each agency, by all servers together. */
  summed(sums: ReadonlyMap<number, AgencySums>): void {
    for (const [agency, { batches, bets }] of sums) {
      const counts = this.#countsOf(agency);
      if (batches === counts.batches) continue;
      counts.heardAtMs = Date.now();
      this.#soldAt(counts.heardAtMs);
      this.totalBatches += batches - counts.batches;
      this.totalBets += bets - counts.bets;
      counts.batches = batches;
      counts.bets = bets;
    }
  }

  /** A batch came that was stored before. */
  batchRepeated(): void {
    this.repeatedBatches++;
  }

  /** An operation was refused. */
  refused(door: DoorName, code: RefusalCode): void {
    const key = `${door} ${code}`;
    this.#refusals.set(key, (this.#refusals.get(key) ?? 0) + 1);
  }

  /** An agency has finished. */
  agencyFinished(agency: number): void {
    const counts = this.#countsOf(agency);
    if (counts.isFinished) return;
    counts.isFinished = true;
    counts.heardAtMs = Date.now();
    this.#finishedAgencies++;
  }

  /** The draw has run, or was called off. */
  drawn({ isCalledOff, winnerNumber, bets, missingAgencies, winners }: Draw): void {
    const counts = [...winners].map(([agency, documents]) => [agency, countDocuments(documents)] as const);
    this.#draw = { isCalledOff, winnerNumber, bets, missingAgencies, winners: new Map(counts) };
  }

  /** The ledger has committed. */
  committed(group: CommitGroup): void {
    this.commits++;
    this.committedOperations += group.operations;
    this.commitMs += group.durationMs;
    for (const listener of this.#commitListeners) listener(group);
  }

  /** Calls `listener` for each commit from now on. @returns ends it */
  onCommit(listener: CommitListener): () => void {
    this.#commitListeners.add(listener);
    return () => void this.#commitListeners.delete(listener);
  }

  /** Where the number of a door's connections is found. */
  watchConnections(door: DoorName, count: () => number): void {
    this.#connections.set(door, count);
  }

  /** Where the numbers of a door's TLS handshakes are found. */
  watchHandshakes(door: DoorName, counts: HandshakeCounts): void {
    this.#handshakes.set(door, counts);
  }

  /** Where it is found when the server's certificates expire. */
  watchCertificates(certificates: () => readonly CertificateExpiry[]): void {
    this.#certificates = certificates;
  }

  /** Where the state of the storage is found. */
  watchStorage(
    queuedBytes: () => number,
    isReady: () => boolean,
    logHeldBytes: () => number = () => 0,
  ): void {
    this.#queuedBytes = queuedBytes;
    this.#isReady = isReady;
    this.#logHeldBytes = logHeldBytes;
  }

  #isParty(party: PartyName): boolean {
    return typeof party !== 'number' || this.#isAgency(party);
  }

  #isAgency(agency: number): boolean {
    return agency >= 1 && agency <= this.terms.agencies;
  }

  #soldAt(atMs: number): void {
    this.#saleFromMs ??= atMs;
    this.#saleUntilMs = Math.max(this.#saleUntilMs, atMs);
  }

  #countsOf(agency: number): MutableCounts {
    let counts = this.#agencies.get(agency);
    if (counts === undefined) {
      counts = { batches: 0, bets: 0, isFinished: false, heardAtMs: undefined };
      this.#agencies.set(agency, counts);
    }
    return counts;
  }
}
