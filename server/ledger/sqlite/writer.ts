import { oneLine } from '../../../program/exit';
import { AppendOutcome, Draw } from '../ledger';
import {
  ANSWER_NUMBERS,
  APPEND,
  CLOSE_SALE,
  FINISH,
  FromWriter,
  OPERATION_NUMBERS,
  OUTCOMES,
  Parcel,
  STANDING,
} from './operations';
import { Store } from './store';

/**
 * Carries out parcels, each group of them in one commit.
 *
 * When a commit fails, nothing of its group is stored; the file is closed, since neither it nor the memory beside
 * it can be trusted, and everything is rejected until `goOn`. Then it is opened anew from what is durable.
 */
export class Writer {
  #store: Store | undefined;
  readonly #open: (committedFrames: number) => Store;
  #committedFrames = 0;
  #isRejecting = false;
  #reason = '';

  /**
   * @param store the open store
   * @param open opens it again after a failure, given what `Store.abandon` answered
   */
  constructor(store: Store, open: (committedFrames: number) => Store) {
    this.#store = store;
    this.#open = open;
  }

  /** Carries out a group of parcels in one commit, or none of them. */
  commit(parcels: readonly Parcel[]): FromWriter {
    const answers = this.#attempt((store) => {
      const collected: number[] = [];
      for (const parcel of parcels) carryOut(store, parcel, collected);
      return collected;
    });
    if (answers === undefined) return { kind: 'rejected', parcels: parcels.length, reason: this.#reason };
    return { kind: 'committed', parcels: parcels.length, answers: Float64Array.from(answers) };
  }

  /** Stores the draw, or nothing of it. */
  storeDraw(draw: Draw): FromWriter {
    const isStored = this.#attempt((store) => {
      store.storeDraw(draw);
      return true;
    });
    return isStored === undefined ? { kind: 'draw-rejected', reason: this.#reason } : { kind: 'draw-stored' };
  }

  /** What comes now was made after the last rejection had been delivered. */
  goOn(): void {
    this.#isRejecting = false;
  }

  close(): void {
    this.#store?.close();
    this.#store = undefined;
  }

  #attempt<Result>(work: (store: Store) => Result): Result | undefined {
    if (this.#isRejecting) return undefined;
    try {
      this.#store ??= this.#open(this.#committedFrames);
      this.#store.begin();
      const result = work(this.#store);
      this.#store.commit();
      return result;
    } catch (error) {
      this.#isRejecting = true;
      this.#reason = oneLine(error);
      this.#abandon();
      return undefined;
    }
  }

  #abandon(): void {
    if (this.#store === undefined) return;
    const store = this.#store;
    this.#store = undefined;
    this.#committedFrames = store.abandon();
  }
}

/** Carries out one parcel and adds the numbers of its answers to `answers`. */
function carryOut(store: Store, { operations, text }: Parcel, answers: number[]): void {
  let offset = 0;
  store.beginSegment(text);
  for (let index = 0; index < operations.length; index += OPERATION_NUMBERS) {
    const agency = operations[index + 1]!;
    switch (operations[index]) {
      case APPEND: {
        const batch = {
          agency,
          batchId: operations[index + 2]!,
          betCount: operations[index + 3]!,
          lastBetId: operations[index + 4]!,
        };
        const end = offset + operations[index + 5]!;
        answers.push(numberOf(store.append(batch, offset, end)), 0, 0);
        offset = end + 1;
        break;
      }
      case FINISH:
        store.finish(agency);
        answers.push(0, 0, 0);
        break;
      case STANDING: {
        const { lastBatchId, lastBetId, bets } = store.standing(agency);
        answers.push(lastBatchId, lastBetId, bets);
        break;
      }
      case CLOSE_SALE:
        store.closeSale();
        answers.push(0, 0, 0);
        break;
    }
  }
  store.endSegment();
}

function numberOf(outcome: AppendOutcome): number {
  return OUTCOMES.indexOf(outcome);
}

/** The numbers of the answer to the operation at `index`. */
export function answerAt(answers: Float64Array, index: number): readonly [number, number, number] {
  const start = index * ANSWER_NUMBERS;
  return [answers[start]!, answers[start + 1]!, answers[start + 2]!];
}
