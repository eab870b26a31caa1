import {
  AgencyTakenOver,
  AppendOutcome,
  Draw,
  DrawState,
  DrawTerms,
  Ledger,
  LedgerBatch,
  LedgerState,
  LedgerUnavailable,
  LotteryTerms,
  Standing,
} from '../../server/ledger/ledger';
import { MemoryLedger } from '../../server/ledger/memory_ledger';
import { Takeover } from '../../server/ledger/takeover';
import { Clock } from '../../program/clock';

/** What survives a killed server, and a watch over it. */
export class Disk {
  readonly ledger: MemoryLedger;
  readonly finished = new Set<number>();
  readonly texts = new Map<string, string>();
  readonly #bets = new Set<string>();
  draw: Draw | undefined;

  constructor(readonly terms: LotteryTerms) {
    this.ledger = new MemoryLedger(terms);
  }

  get state(): LedgerState {
    return {
      finishedAgencies: new Set(this.finished),
      firstFinishedAtMs: undefined,
      draw: this.draw,
      batches: this.texts.size,
      bets: this.#bets.size,
      sums: new Map(),
    };
  }

  /** @throws Error when a bet is stored for the second time, or behind its agency's FIN */
  noteStored({ agency, batchId, text }: LedgerBatch): void {
    if (this.finished.has(agency) || this.draw !== undefined) throw new Error('stored after the close');
    this.texts.set(`${agency}/${batchId}`, text.toString('utf8'));
    for (const bet of text.toString('utf8').split(';')) {
      const id = bet.split(',', 2).join('/');
      if (this.#bets.has(id)) throw new Error(`bet ${id} is stored twice`);
      this.#bets.add(id);
    }
  }

  /** @throws Error when there was a draw before, or an agency has not finished */
  noteDraw(draw: Draw): void {
    if (this.draw !== undefined) throw new Error('drawn twice');
    if (this.finished.size < this.terms.agencies) throw new Error('drawn before all had finished');
    this.draw = draw;
  }

  get betCount(): number {
    return this.#bets.size;
  }
}

interface Work {
  /** Takes effect on the disk; answers what to do when the caller may know. */
  readonly commit: () => Promise<() => void>;
  readonly reject: (error: Error) => void;
}

/** How the storage behaves. */
export interface StorageFaults {
  /** Whether the next commit fails. */
  readonly fails: () => boolean;
  /** How long a commit takes. */
  readonly commitMs: () => number;
}

/** A ledger over a {@link Disk} that commits in groups, after simulated time, and fails when it is told to. */
export class SimulatedLedger implements Ledger {
  readonly openedWith: LedgerState;
  readonly isShared = false;
  readonly queuedBytes = 0;
  readonly #disk: Disk;
  readonly #clock: Clock;
  readonly #faults: StorageFaults;
  readonly #takeover = new Takeover();
  #waiting: Work[] = [];
  #isCommitting = false;
  #isDead = false;

  constructor(disk: Disk, clock: Clock, faults: StorageFaults) {
    this.#disk = disk;
    this.#clock = clock;
    this.#faults = faults;
    this.openedWith = disk.state;
  }

  append(given: LedgerBatch, _requestId?: string, ask?: number): Promise<AppendOutcome> {
    if (!this.#takeover.maySend(given.agency, ask)) return Promise.reject(new AgencyTakenOver());
    const batch = { ...given, text: Buffer.from(given.text) };
    return this.#queue(async () => {
      const outcome = await this.#disk.ledger.append(batch);
      if (outcome === 'stored') this.#disk.noteStored(batch);
      return outcome;
    });
  }

  finish(agency: number): Promise<number> {
    return this.#queue(async () => {
      this.#disk.finished.add(agency);
      return this.#disk.ledger.finish(agency);
    });
  }

  standing(agency: number): Promise<Standing> {
    return this.#queue(() => this.#disk.ledger.standing(agency));
  }

  standings(after: number, limit: number): Promise<readonly Standing[]> {
    return this.#queue(() => this.#disk.ledger.standings(after, limit));
  }

  batchText(agency: number, batchId: number): Promise<Buffer | undefined> {
    return this.#queue(() => this.#disk.ledger.batchText(agency, batchId));
  }

  drawState(winnersOf: number | undefined): Promise<DrawState> {
    return this.#queue(() => this.#disk.ledger.drawState(winnersOf));
  }

  note(line: string): Promise<void> {
    return this.#queue(() => this.#disk.ledger.note(line));
  }

  draw(terms: DrawTerms): Promise<Draw> {
    return this.#queue(async () => {
      const draw = await this.#disk.ledger.draw(terms);
      if (this.#disk.draw === undefined) this.#disk.noteDraw(draw);
      return draw;
    });
  }

  watch(): void {
    // One server at a time has the disk.
  }

  close(): Promise<void> {
    this.#isDead = true;
    return Promise.resolve();
  }

  /** The process is killed: what was not committed is gone, and nobody is told anything. */
  kill(): void {
    this.#isDead = true;
    this.#waiting = [];
  }

  #queue<Answer>(effect: () => Promise<Answer>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({
        commit: async () => {
          const answer = await effect();
          return () => resolve(answer);
        },
        reject,
      });
      this.#commitSoon();
    });
  }

  #commitSoon(): void {
    if (this.#isCommitting || this.#waiting.length === 0 || this.#isDead) return;
    this.#isCommitting = true;
    this.#clock.after(this.#faults.commitMs(), () => void this.#commit());
  }

  /** The disk takes the group first; the answers come a while later, and a kill may come between. */
  async #commit(): Promise<void> {
    if (this.#isDead) return;
    const group = this.#waiting;
    this.#waiting = [];
    if (this.#faults.fails()) {
      this.#reject(group);
      return;
    }
    const answers: (() => void)[] = [];
    for (const work of group) answers.push(await work.commit());
    this.#clock.after(this.#faults.commitMs(), () => {
      if (this.#isDead) return;
      for (const answer of answers) answer();
      this.#isCommitting = false;
      this.#commitSoon();
    });
  }

  /** As the contract says, everything that was handed over before the rejection is delivered goes with it. */
  #reject(group: Work[]): void {
    this.#clock.after(this.#faults.commitMs(), () => {
      if (this.#isDead) return;
      const rejected = [...group, ...this.#waiting];
      this.#waiting = [];
      this.#isCommitting = false;
      for (const work of rejected) work.reject(new LedgerUnavailable('the disk is full'));
    });
  }
}
