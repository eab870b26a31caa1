import { betOfRow, betRows, MemoryBatches, MemoryFile } from '../../client/testing/memory_batches';
import { SimulatedNetwork } from '../../client/testing/simulated_network';
import { Session } from '../../client/session';
import { SILENT_LOG } from '../../program/log';
import { FakeClock } from '../../program/testing/fake_clock';
import { Random } from '../../tools/random';
import { Disk } from './simulated_ledger';
import { SimulatedServer } from './simulated_server';

/** One schedule may take so many steps; a schedule that needs more has come to no end. */
const MAX_STEPS = 60_000;
const MAX_AGENCIES = 4;
const MAX_ROWS = 60;
const MAX_FAULTS = 20;
/** Faults come within one of these spans; afterwards everybody has peace to come to the end. */
const FAULT_SPANS_MS = [200, 1_000, 4_000];
const WINNER_NUMBER = 7;

/** What one schedule was like. */
export interface SimulationSummary {
  readonly steps: number;
  readonly faults: number;
  readonly bets: number;
  readonly simulatedMs: number;
}

/**
 * The lottery's rules, the TCP door's connections and the agencies' sessions in one process, against simulated
 * time, network and storage. What is true of it is a function of the seed alone.
 *
 * Checked after every step, by the disk and the server: no bet stored twice, nothing stored behind a FIN, one draw
 * and only when all have finished, no ACK and no WIN that the disk does not bear out. Checked at the end: each
 * agency has its WIN, all the same as the disk's, and every bet of every file is stored once.
 */
export class Simulation {
  readonly #clock = new FakeClock();
  readonly #random: () => number;
  readonly #disk: Disk;
  readonly #server: SimulatedServer;
  readonly #network: SimulatedNetwork;
  readonly #agencies: SimulatedAgency[];
  #isStorageFailing = false;
  #faults = 0;

  constructor(seed: number) {
    const random = new Random(seed);
    this.#random = () => random.fraction();
    const agencies = 1 + this.#below(MAX_AGENCIES);
    this.#disk = new Disk({ agencies, winnerNumber: WINNER_NUMBER });
    this.#server = new SimulatedServer(this.#disk, this.#clock, {
      fails: () => this.#isStorageFailing && this.#random() < 0.7,
      commitMs: () => this.#random() * 10,
    });
    this.#network = new SimulatedNetwork(this.#clock, this.#random, this.#server.accept);
    this.#agencies = Array.from(
      { length: agencies },
      (_, index) => new SimulatedAgency(index + 1, this.#clock, this.#random, this.#network),
    );
  }

  /** @throws Error when an invariant does not hold, or it comes to no end */
  async run(): Promise<SimulationSummary> {
    for (const agency of this.#agencies) this.#clock.after(this.#random() * 100, () => agency.start());
    this.#planFaults();
    let steps = 0;
    while (this.#agencies.some(({ documents }) => documents === undefined)) {
      if (++steps > MAX_STEPS || !this.#clock.runNext()) throw new Error('it comes to no end');
      await new Promise(setImmediate);
      for (const { failure } of this.#agencies) if (failure !== undefined) throw failure;
    }
    this.#checkEnd();
    return { steps, faults: this.#faults, bets: this.#disk.betCount, simulatedMs: this.#clock.nowMs() };
  }

  #planFaults(): void {
    const spanMs = FAULT_SPANS_MS[this.#below(FAULT_SPANS_MS.length)]!;
    this.#faults = this.#below(MAX_FAULTS + 1);
    for (let fault = 0; fault < this.#faults; fault++) {
      const kind = this.#below(4);
      this.#clock.after(this.#random() * spanMs, () => this.#cause(kind));
    }
  }

  #cause(kind: number): void {
    const agency = this.#agencies[this.#below(this.#agencies.length)]!;
    if (kind === 0) this.#network.loseOne();
    else if (kind === 1) agency.killAndRestart();
    else if (kind === 2) this.#restartServer();
    else {
      this.#isStorageFailing = true;
      this.#clock.after(this.#random() * 400, () => (this.#isStorageFailing = false));
    }
  }

  #restartServer(): void {
    this.#network.isServerThere = false;
    this.#network.loseServer();
    this.#server.restart();
    this.#clock.after(this.#random() * 300, () => (this.#network.isServerThere = true));
  }

  #checkEnd(): void {
    const draw = this.#disk.draw;
    if (draw === undefined) throw new Error('WINs without a draw');
    for (const agency of this.#agencies) {
      const wins = agency.documents?.join(',');
      if (wins !== (draw.winners.get(agency.id) ?? ''))
        throw new Error(`agency ${agency.id} got another WIN`);
      if (wins !== agency.expectedWinners.join(',')) throw new Error(`agency ${agency.id}: not its winners`);
    }
    const stored = [...this.#disk.texts.values()].flatMap((text) => text.split(';')).sort();
    const expected = this.#agencies.flatMap(({ bets }) => bets).sort();
    if (stored.join('\n') !== expected.join('\n')) throw new Error('the ledger does not hold each bet once');
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }
}

/** An agency's lives, one after another. */
class SimulatedAgency {
  readonly #file: MemoryFile;
  readonly #clock: FakeClock;
  readonly #random: () => number;
  readonly #network: SimulatedNetwork;
  readonly #cutsAlike: number | undefined;
  #session: Session | undefined;
  documents: readonly string[] | undefined;
  failure: Error | undefined;

  constructor(
    readonly id: number,
    clock: FakeClock,
    random: () => number,
    network: SimulatedNetwork,
  ) {
    this.#clock = clock;
    this.#random = random;
    this.#network = network;
    this.#file = { agency: id, rows: Math.floor(random() * (MAX_ROWS + 1)) };
    // Some speak as the reference's clients do, who never ask and so must cut their batches alike at each start.
    this.#cutsAlike = random() < 0.2 ? this.#batchSize() : undefined;
  }

  get bets(): string[] {
    return betRows(this.#file).map((row) => betOfRow(this.id, row));
  }

  get expectedWinners(): string[] {
    return this.bets
      .map((bet) => bet.split(','))
      .flatMap((fields) => (Number(fields[6]) === WINNER_NUMBER ? [fields[4]!] : []));
  }

  start(): void {
    const session = new Session(
      {
        agency: this.id,
        window: 1 + Math.floor(this.#random() * 8),
        oneMessagePerConnection: this.#cutsAlike !== undefined,
        giveUpAfterMs: 0,
      },
      {
        source: new MemoryBatches(
          this.#file,
          this.#cutsAlike ?? this.#batchSize(),
          this.#clock,
          this.#random() * 5,
        ),
        connect: this.#network.connect,
        clock: this.#clock,
        log: SILENT_LOG,
        random: this.#random,
        onStored: () => undefined,
      },
    );
    this.#session = session;
    session.run().then(
      (documents) => (this.documents = documents),
      (error: unknown) => (this.failure = error instanceof Error ? error : new Error(String(error))),
    );
  }

  /** A new life, with batches of another size, while bytes of the old one may still be on their way. */
  killAndRestart(): void {
    this.#session?.stop();
    this.documents = undefined;
    this.#clock.after(this.#random() * 50, () => {
      this.#session?.stop();
      this.start();
    });
  }

  #batchSize(): number {
    return 1 + Math.floor(this.#random() * 12);
  }
}
