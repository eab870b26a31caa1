import {
  AppendOutcome,
  Draw,
  drawnState,
  DrawState,
  DrawTerms,
  Ledger,
  LedgerBatch,
  LedgerNews,
  LedgerState,
  LedgerUnavailable,
  LotteryTerms,
  Standing,
} from '../ledger';
import { MemoryLedger } from '../memory_ledger';

/** A call that a {@link HeldLedger} was given and has not answered. */
export interface HeldCall {
  readonly kind: 'append' | 'finish' | 'standing' | 'read' | 'note' | 'draw';
  /** Carries the call out and answers it. */
  answer(): void;
  /** Answers that the storage cannot take it. */
  reject(): void;
}

/** A ledger in memory that answers when it is told to, in whatever order. For tests. */
export class HeldLedger implements Ledger {
  readonly #memory: MemoryLedger;
  /** The calls that wait for their answer, the oldest first. */
  readonly calls: HeldCall[] = [];
  readonly openedWith: LedgerState;
  isShared = false;
  queuedBytes = 0;
  /** Tells what another server has done. */
  tell: (news: LedgerNews) => void = () => undefined;
  /** Whether reads and notes wait too. */
  holdsReads = false;

  constructor(terms: LotteryTerms, openedWith: Partial<LedgerState> = {}) {
    this.#memory = new MemoryLedger(terms);
    this.openedWith = { ...this.#memory.openedWith, ...openedWith };
  }

  /** The audit log. */
  get auditLines(): readonly string[] {
    return this.#memory.auditLines;
  }

  append(given: LedgerBatch, requestId?: string, ask?: number): Promise<AppendOutcome> {
    const batch = { ...given, text: Buffer.from(given.text) };
    return this.#hold('append', () => this.#memory.append(batch, requestId, ask));
  }

  finish(agency: number, requestId?: string): Promise<number> {
    return this.#hold('finish', () => this.#memory.finish(agency, requestId));
  }

  standing(agency: number, requestId?: string): Promise<Standing> {
    return this.#hold('standing', () => this.#memory.standing(agency, requestId));
  }

  standings(after: number, limit: number, requestId?: string): Promise<readonly Standing[]> {
    return this.#hold('read', () => this.#memory.standings(after, limit, requestId));
  }

  batchText(agency: number, batchId: number, requestId?: string): Promise<Buffer | undefined> {
    return this.#hold('read', () => this.#memory.batchText(agency, batchId, requestId));
  }

  drawState(winnersOf: number | undefined, requestId?: string): Promise<DrawState> {
    const { draw } = this.openedWith;
    const carryOut = (): Promise<DrawState> => {
      if (draw === undefined) return this.#memory.drawState(winnersOf, requestId);
      return Promise.resolve(drawnState(draw));
    };
    return this.#hold('read', carryOut);
  }

  note(line: string): Promise<void> {
    return this.#hold('note', () => this.#memory.note(line));
  }

  draw(terms: DrawTerms): Promise<Draw> {
    return this.#hold('draw', () => this.#memory.draw(terms));
  }

  watch(listener: (news: LedgerNews) => void): void {
    this.tell = listener;
  }

  close(): Promise<void> {
    return this.#memory.close();
  }

  /** Answers all that wait. */
  answerAll(): void {
    for (const call of this.calls.splice(0)) call.answer();
  }

  /** Rejects all that wait, as an engine does whose commit has failed. */
  rejectAll(): void {
    for (const call of this.calls.splice(0)) call.reject();
  }

  #hold<Answer>(kind: HeldCall['kind'], carryOut: () => Promise<Answer>): Promise<Answer> {
    if (!this.holdsReads && (kind === 'read' || kind === 'note')) return carryOut();
    return new Promise((resolve, reject) => {
      this.calls.push({
        kind,
        answer: () => void carryOut().then(resolve, reject),
        reject: () => reject(new LedgerUnavailable('told to')),
      });
    });
  }
}
