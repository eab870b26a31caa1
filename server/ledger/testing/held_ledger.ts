import {
  AppendOutcome,
  Draw,
  DrawTerms,
  Ledger,
  LedgerBatch,
  LedgerState,
  LedgerUnavailable,
  LotteryTerms,
  Standing,
} from '../ledger';
import { MemoryLedger } from '../memory_ledger';

/** A call that a {@link HeldLedger} was given and has not answered. */
export interface HeldCall {
  readonly kind: 'append' | 'finish' | 'standing' | 'draw';
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
  queuedBytes = 0;

  constructor(terms: LotteryTerms, openedWith: Partial<LedgerState> = {}) {
    this.#memory = new MemoryLedger(terms);
    this.openedWith = { ...this.#memory.openedWith, ...openedWith };
  }

  append(given: LedgerBatch): Promise<AppendOutcome> {
    const batch = { ...given, text: Buffer.from(given.text) };
    return this.#hold('append', () => this.#memory.append(batch));
  }

  finish(agency: number): Promise<ReadonlySet<number>> {
    return this.#hold('finish', () => this.#memory.finish(agency));
  }

  standing(agency: number): Promise<Standing> {
    return this.#hold('standing', () => this.#memory.standing(agency));
  }

  draw(terms: DrawTerms): Promise<Draw> {
    return this.#hold('draw', () => this.#memory.draw(terms));
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
    return new Promise((resolve, reject) => {
      this.calls.push({
        kind,
        answer: () => void carryOut().then(resolve, reject),
        reject: () => reject(new LedgerUnavailable('told to')),
      });
    });
  }
}
