import { Draw, DrawTerms } from '../../server/ledger/draw';
import { EMPTY_LEDGER, LedgerState, LotteryTerms, SearchResult } from '../../server/ledger/ledger';
import { MemoryLedger } from '../../server/ledger/memory_ledger';
import { AgencySums, Answers, Operation } from '../../server/ledger/operation';
import { Answer, StoreAnswer } from '../../server/ledger/remote/operation';
import { GroupId, LastGroup, LedgerLost } from '../../server/ledger/remote/remote_store';
import { LedgerWatch } from './ledger_watch';

interface Run {
  connection: number;
  last: LastGroup;
}

/**
 * A model of a database that several servers share: it carries out one group after another, each whole or not at all,
 * and keeps of each run which connection may commit, and the last group with its answers. It loses nothing.
 */
export class SharedDatabase {
  readonly watch: LedgerWatch;
  readonly #report: (error: Error) => void;
  readonly #memory: MemoryLedger;
  readonly #runs = new Map<string, Run>();
  /** The order of the ASKs of all servers, and for each agency the last one that has sent a batch. */
  readonly #asks = new Map<string, number>();
  readonly #latestSender = new Map<number, number>();
  readonly #finished: number[] = [];
  readonly #sums = new Map<number, AgencySums>();
  #firstFinishedAtMs: number | undefined;
  #closedWith: DrawTerms | undefined;
  #draw: Draw | undefined;
  #lines = 0;

  /** @param report told of a broken promise */
  constructor(terms: LotteryTerms, wallTimeMs: () => number, report: (error: Error) => void) {
    this.#report = report;
    this.#memory = new MemoryLedger(terms, wallTimeMs);
    this.watch = new LedgerWatch(terms);
  }

  /** What it holds. */
  get state(): LedgerState {
    let [batches, bets] = [0, 0];
    for (const sums of this.#sums.values()) [batches, bets] = [batches + sums.batches, bets + sums.bets];
    return {
      ...EMPTY_LEDGER,
      finishedAgencies: new Set(this.#finished),
      firstFinishedAtMs: this.#firstFinishedAtMs,
      closedWith: this.#closedWith,
      draw: this.#draw,
      batches,
      bets,
      sums: new Map(this.#sums),
    };
  }

  beginRun(runId: string): void {
    this.#runs.set(runId, { connection: 1, last: { number: 0, answers: () => Promise.resolve([]) } });
  }

  readRun(runId: string): LastGroup {
    return this.#run(runId).last;
  }

  takeOver(runId: string, connection: number): LastGroup {
    const run = this.#run(runId);
    if (connection <= run.connection) throw new Error('a later connection has taken the run over');
    run.connection = connection;
    return run.last;
  }

  endRun(runId: string): void {
    this.#runs.delete(runId);
  }

  /** Carries out a group. @throws Error when the connection may not commit: nothing of the group is stored */
  async commitGroup(
    { runId, connection, group }: GroupId,
    operations: readonly Operation[],
  ): Promise<Answer[]> {
    const run = this.#run(runId);
    if (run.connection !== connection) throw new Error('this connection may not commit for the run');
    const texts = new Map<string, string>();
    // All of them before anybody else comes: the memory answers each in the call.
    const answers = await Promise.all(operations.map((operation) => this.#carryOut(runId, operation)));
    operations.forEach((operation, index) => this.#note(operation, answers[index], texts));
    run.last = { number: group, answers: () => Promise.resolve(answers) };
    this.#show(texts);
    return answers;
  }

  /** The draw that is stored, or the winners. */
  findWinners(winnerNumber: number): Promise<SearchResult> {
    return this.#memory.findWinners(winnerNumber);
  }

  #run(runId: string): Run {
    const run = this.#runs.get(runId);
    if (run === undefined) throw new LedgerLost();
    return run;
  }

  #carryOut(runId: string, operation: Operation): Promise<Answer> {
    if (operation.kind === 'standing' && operation.ask !== undefined)
      this.#asks.set(`${runId}/${operation.ask}`, this.#asks.size + 1);
    if (operation.kind !== 'place' || operation.ask === undefined) return this.#memory.submit(operation);
    const { agency } = operation.batch;
    const ask = this.#asks.get(`${runId}/${operation.ask}`) ?? 0;
    if (ask < (this.#latestSender.get(agency) ?? 0)) return Promise.resolve({ outcome: 'taken-over' });
    this.#latestSender.set(agency, ask);
    return this.#memory.submit({ ...operation, ask: undefined });
  }

  #note(operation: Operation, answer: Answer | undefined, texts: Map<string, string>): void {
    switch (operation.kind) {
      case 'place': {
        if ((answer as StoreAnswer).outcome !== 'stored') return;
        const { agency, batchId, betCount, text } = operation.batch;
        texts.set(`${agency}/${batchId}`, text.toString('utf8'));
        const { batches, bets } = this.#sums.get(agency) ?? { batches: 0, bets: 0 };
        this.#sums.set(agency, { batches: batches + 1, bets: bets + betCount });
        return;
      }
      case 'finish':
        if (!this.#finished.includes(operation.agency)) this.#finished.push(operation.agency);
        this.#firstFinishedAtMs ??= (answer as Answers['finish']).firstFinishedAtMs;
        return;
      case 'close-sale': {
        const closed = answer as Answers['close-sale'];
        if (closed.outcome !== 'not-due') this.#closedWith ??= closed.terms;
        return;
      }
      case 'record-draw':
        this.#draw = answer as Draw;
    }
  }

  #show(texts: ReadonlyMap<string, string>): void {
    const lines = this.#memory.auditLines.slice(this.#lines);
    this.#lines += lines.length;
    const { closedWith, draw } = this.state;
    try {
      this.watch.take({ lines, texts, finished: this.#finished, closedWith, draw });
    } catch (error) {
      // Not to be taken for a failure of the database.
      this.#report(error as Error);
    }
  }
}
