import { Connect } from '../../client/transport';
import { FakeClock } from '../../program/testing/fake_clock';
import { LotteryTerms } from '../../server/ledger/ledger';
import { Random } from '../../tools/random';
import { Operator } from './operator';
import { SharedStorage } from './shared_storage';
import { SimulatedAgency } from './simulated_agency';
import { SimulatedServer } from './simulated_server';
import { SimulatedSqlite } from './simulated_sqlite';
import { SimulatedStorage } from './simulated_storage';
import { WallClock } from './wall_clock';

/** One schedule may take so many steps; a schedule that needs more has come to no end. */
const MAX_STEPS = 60_000;
/** So many times in a step what waits for the end of a turn is carried out. */
const TURNS = 3;
const MAX_AGENCIES = 4;
const MAX_FAULTS = 20;
/** So many schedules play with several servers over one database. */
const SHARED_SHARE = 0.3;
const MAX_SERVERS = 3;
/** Faults come within one of these spans; a while later everybody has peace to come to the end. */
const FAULT_SPANS_MS = [200, 1_000, 4_000];
const PEACE_AFTER_MS = 3_000;
const WINNER_NUMBER = 7;
const DEADLINE_SHARE = 0.4;
/** Where there is a deadline, so many agencies leave before they have finished, or not long after. */
const LEAVING_SHARE = 0.35;
/** What so many sales see right after their close: a server killed, the setting gone for good, a storage that fails. */
const KILLED_AT_CLOSE_SHARE = 0.4;
const FORGOTTEN_AT_CLOSE_SHARE = 0.5;
const FAILING_AT_CLOSE_SHARE = 0.3;
/** So many batches are sent that come after their agency's FIN, where it has finished by then. */
const LATE_BATCHES = 2;

/** What one schedule was like. */
export interface SimulationSummary {
  readonly steps: number;
  readonly faults: number;
  readonly bets: number;
  /** Whether several servers shared a database. */
  readonly shared: number;
  readonly simulatedMs: number;
  /** Draws that were held, or called off, while agencies were missing. */
  readonly incompleteDraws: number;
  readonly calledOff: number;
  /** Sales that were closed, and their server killed before the draw. */
  readonly resumedDraws: number;
  /** Deadlines that had passed long ago and were held until somebody confirmed them. */
  readonly heldDeadlines: number;
}

/**
 * The shipped server and agencies in one process, against simulated time, network and storage failures: the lottery's
 * rules, the agencies' door, the sessions, and either the ledger in SQLite of one server, or two or three servers over a
 * model of a database, each with the shipped group writer. What happens is a function of the seed.
 *
 * Checked after every commit, by a reader of the database beside the engine (ledger_watch.ts): the audit log is an order
 * in which a server that does one thing at a time could have worked; no bet is stored twice, and none after its agency's
 * FIN or the close of the sale; the agencies missing in the terms of the draw are those that had not finished at the
 * close; there is one draw, with those terms, and its result is what the bets say; what was stored stays, and what was
 * rejected with a failed commit is not there.
 * Checked as it leaves the server: each ACK and WIN is borne out by the database.
 * Checked on the way to the ledger (watched_ledger.ts): a sale is closed by its deadline when that has passed by the wall
 * clock, and not if it passed over an hour ago; a batch that comes after it is not stored.
 * Checked at the end: there is a draw, each agency has its WIN, was refused as too late, or has left for good, and every
 * bet of each agency that had finished is stored once.
 *
 * Not simulated: writes that SQLite makes and the disk reorders (a torn commit is a prefix of its bytes); the folder's
 * lock; threads at the same time as each other, and the thread that moves the log; a submission ring that is full;
 * sockets and the HTTP door; with several servers, the database's own SQL, its deadline by its own clock, the draw's
 * lock, and the shipped watch for news. The tests of the engines, of faults and of crashes play those.
 */
export class Simulation {
  readonly #clock = new FakeClock();
  readonly #wallClock = new WallClock(this.#clock);
  readonly #random: () => number;
  readonly #terms: LotteryTerms;
  readonly #operator: Operator;
  readonly #storage: SimulatedStorage;
  readonly #servers: SimulatedServer[];
  readonly #agencies: SimulatedAgency[];
  #failure: Error | undefined;
  #faults = 0;
  #resumedDraws = 0;
  #heldDeadlines = 0;

  constructor(seed: number) {
    const random = new Random(seed);
    this.#random = () => random.fraction();
    const agencies = 1 + this.#below(MAX_AGENCIES);
    this.#terms = { agencies, winnerNumber: WINNER_NUMBER };
    this.#operator = new Operator(this.#random, this.#wallClock, this.#random() < DEADLINE_SHARE);
    const isShared = this.#random() < SHARED_SHARE;
    this.#storage = isShared ? this.#newSharedStorage() : this.#newSqlite();
    const servers = isShared ? 2 + this.#below(MAX_SERVERS - 1) : 1;
    this.#servers = Array.from({ length: servers }, () => this.#newServer());
    this.#agencies = Array.from(
      { length: agencies },
      (_, index) => new SimulatedAgency(index + 1, this.#clock, this.#random, this.#connect),
    );
  }

  /** @throws Error when an invariant does not hold, or it comes to no end */
  async run(): Promise<SimulationSummary> {
    try {
      for (const server of this.#servers) server.start(this.#operator.nextSetup());
      for (const agency of this.#agencies) this.#clock.after(this.#random() * 100, () => agency.start());
      this.#plan();
      const steps = await this.#runToEnd();
      for (const server of this.#servers) server.kill();
      this.#checkEnd();
      return this.#summary(steps);
    } finally {
      this.#storage.remove();
    }
  }

  async #runToEnd(): Promise<number> {
    let steps = 0;
    while (!this.#isAtEnd) {
      if (++steps > MAX_STEPS || !this.#clock.runNext()) throw new Error('it comes to no end');
      for (let turn = 0; turn < TURNS; turn++) await new Promise(setImmediate);
      this.#storage.look();
      for (const { failure } of this.#agencies) this.#failure ??= failure;
      if (this.#failure !== undefined) throw this.#failure;
    }
    return steps;
  }

  get #isAtEnd(): boolean {
    return this.#storage.watch.draw !== undefined && this.#agencies.every(({ isOver }) => isOver);
  }

  #newSqlite(): SimulatedStorage {
    return new SimulatedSqlite({
      terms: this.#terms,
      random: this.#random,
      wallTimeMs: this.#wallClock.nowMs,
      report: this.#report,
      onKilled: () => this.#killServer(this.#servers[0]!),
    });
  }

  #newSharedStorage(): SimulatedStorage {
    return new SharedStorage({
      terms: this.#terms,
      clock: this.#clock,
      random: this.#random,
      wallTimeMs: this.#wallClock.nowMs,
      report: this.#report,
    });
  }

  #newServer(): SimulatedServer {
    return new SimulatedServer({
      clock: this.#clock,
      random: this.#random,
      wallTimeMs: this.#wallClock.nowMs,
      terms: this.#terms,
      storage: this.#storage,
      report: this.#report,
    });
  }

  readonly #report = (error: Error): void => {
    this.#failure ??= error;
  };

  readonly #connect: Connect = (handlers) => this.#anyOf(this.#servers).connect(handlers);

  #plan(): void {
    const spanMs = this.#anyOf(FAULT_SPANS_MS);
    this.#faults = this.#below(MAX_FAULTS + 1);
    for (let fault = 0; fault < this.#faults; fault++) {
      const kind = this.#below(this.#operator.hasDeadline ? 6 : 5);
      this.#clock.after(this.#random() * spanMs, () => this.#cause(kind));
    }
    for (let batch = 0; batch < LATE_BATCHES; batch++)
      this.#clock.after(this.#random() * spanMs, () => this.#sendAfterFin());
    this.#storage.watch.onClosed = () => this.#noteClosed();
    if (!this.#operator.hasDeadline) return;
    // The first one stays: a deadline may count from when somebody has finished.
    for (const agency of this.#agencies.slice(1)) {
      if (this.#random() < LEAVING_SHARE) this.#clock.after(this.#random() * spanMs, () => agency.leave());
    }
    this.#clock.after(spanMs + PEACE_AFTER_MS, () => this.#bringPeace());
  }

  #cause(kind: number): void {
    const server = this.#anyOf(this.#servers);
    if (kind === 0) server.loseConnection();
    else if (kind === 1) this.#anyOf(this.#agencies).killAndRestart();
    else if (kind === 2 && this.#random() < 0.5) this.#killServer(server);
    else if (kind === 2) this.#storage.strike();
    else if (kind === 3) this.#failStorage();
    else if (kind === 4) server.stop(() => this.#startLater(server));
    else this.#operator.stepClock();
  }

  /** Somebody sends a new batch for an agency that has finished: nobody may store it. */
  #sendAfterFin(): void {
    const agency = this.#anyOf(this.#agencies);
    if (this.#storage.watch.finished.has(agency.id)) agency.sendUnasked();
  }

  #failStorage(): void {
    this.#storage.isFailing = true;
    this.#clock.after(this.#random() * 400, () => (this.#storage.isFailing = false));
  }

  #killServer(server: SimulatedServer): void {
    server.kill();
    this.#startLater(server);
  }

  #startLater(server: SimulatedServer): void {
    this.#clock.after(this.#random() * 300, () => server.start(this.#operator.nextSetup()));
  }

  /** A sale whose close is durable must come to its draw, whatever happens to its server now. */
  #noteClosed(): void {
    if (this.#random() < FORGOTTEN_AT_CLOSE_SHARE) this.#operator.forget();
    if (this.#random() < FAILING_AT_CLOSE_SHARE) this.#failStorage();
    if (this.#random() >= KILLED_AT_CLOSE_SHARE) return;
    this.#clock.after(this.#random() * 15, () => {
      if (this.#storage.watch.draw === undefined) this.#resumedDraws++;
      this.#killServer(this.#anyOf(this.#servers));
    });
  }

  #bringPeace(): void {
    const { closedWith, betCount } = this.#storage.watch;
    this.#storage.isFailing = false;
    // A server that is up must learn of a close, and of the draw, by itself.
    if (closedWith !== undefined) return;
    this.#heldDeadlines++;
    this.#operator.bringPeace(betCount === 0);
    for (const server of this.#servers) this.#killServer(server);
  }

  #checkEnd(): void {
    this.#storage.checkEnd();
    const { draw, texts } = this.#storage.watch;
    const stored = [...texts.values()].flatMap((text) => text.split(';'));
    for (const agency of this.#agencies) {
      const isFinished = !draw!.missingAgencies.includes(agency.id);
      if (isFinished && agency.isRefused && !draw!.isCalledOff)
        throw new Error(`agency ${agency.id} has finished and was refused`);
      if (
        agency.documents !== undefined &&
        agency.documents.join(',') !== (draw!.winners.get(agency.id) ?? '')
      )
        throw new Error(`agency ${agency.id} got another WIN`);
      const ownStored = stored.filter((bet) => bet.startsWith(`${agency.id},`));
      const own = new Set(agency.bets);
      if (ownStored.some((bet) => !own.has(bet))) throw new Error(`agency ${agency.id}: bets of nobody`);
      const mustBeWhole = isFinished || agency.documents !== undefined;
      if (mustBeWhole && ownStored.length !== own.size)
        throw new Error(`the ledger does not hold each bet of agency ${agency.id} once`);
    }
  }

  #summary(steps: number): SimulationSummary {
    const { draw, betCount } = this.#storage.watch;
    return {
      steps,
      faults: this.#faults,
      bets: betCount,
      shared: this.#servers.length > 1 ? 1 : 0,
      simulatedMs: this.#clock.nowMs(),
      incompleteDraws: draw!.missingAgencies.length > 0 ? 1 : 0,
      calledOff: draw!.isCalledOff ? 1 : 0,
      resumedDraws: this.#resumedDraws,
      heldDeadlines: this.#heldDeadlines,
    };
  }

  #anyOf<Item>(items: readonly Item[]): Item {
    return items[this.#below(items.length)]!;
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }
}
