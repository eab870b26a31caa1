import type { Clock } from '../../program/clock';

/** How often refusals that were counted get a line. */
const COUNT_INTERVAL_MS = 1_000;
/** So many refusals have a line of their own at once, and so many more each second. */
const MAX_LINES = 1_000;
const LINES_A_SECOND = 10;

/**
 * Who is refused: `known` is who may bet, as far as the door can tell, and `nobody` anyone else (docs/AUDIT.md, "What is
 * counted").
 */
export type Sender = 'known' | 'nobody';

/** Bounds how much refusals make the audit log grow: which have a line of their own, and how many only count. */
export class RefusalLog {
  readonly #write: (status: number, count: number) => Promise<unknown>;
  readonly #clock: Clock;
  readonly #lines: { readonly [S in Sender]: LineBudget };
  readonly #counts = new Map<number, number>();
  #cancel: (() => void) | undefined;
  #isClosed = false;

  /** @param write writes the line of so many refusals with a status; rejected when the storage fails */
  constructor(write: (status: number, count: number) => Promise<unknown>, clock: Clock) {
    this.#write = write;
    this.#clock = clock;
    this.#lines = { known: new LineBudget(clock), nobody: new LineBudget(clock) };
  }

  /** Whether a refusal of this sender may have a line of its own now. */
  hasLine(sender: Sender): boolean {
    return this.#lines[sender].isLeft;
  }

  /** Notes that it had one. */
  spendLine(sender: Sender): void {
    this.#lines[sender].spend();
  }

  /** Counts a refusal that has none. Its count has a line within a second, unless the storage fails. */
  count(status: number): void {
    this.#add(status, 1);
  }

  /** Writes what was counted, and counts no more. */
  close(): void {
    this.#flush();
    this.#isClosed = true;
  }

  #add(status: number, count: number): void {
    if (this.#isClosed) return;
    this.#counts.set(status, (this.#counts.get(status) ?? 0) + count);
    this.#cancel ??= this.#clock.after(COUNT_INTERVAL_MS, () => this.#flush());
  }

  #flush(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const counts = [...this.#counts].sort(([one], [other]) => one - other);
    this.#counts.clear();
    for (const [status, count] of counts) {
      this.#write(status, count).catch(() => this.#add(status, count));
    }
  }
}

/** A number of lines that fills up again slowly. */
class LineBudget {
  readonly #clock: Clock;
  #left = MAX_LINES;
  #filledAtMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#filledAtMs = clock.nowMs();
  }

  get isLeft(): boolean {
    this.#fill();
    return this.#left >= 1;
  }

  spend(): void {
    this.#left--;
  }

  #fill(): void {
    const nowMs = this.#clock.nowMs();
    this.#left = Math.min(MAX_LINES, this.#left + ((nowMs - this.#filledAtMs) * LINES_A_SECOND) / 1_000);
    this.#filledAtMs = nowMs;
  }
}
