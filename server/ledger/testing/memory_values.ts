import { LedgerUnavailable } from '../ledger';
import type { SharedValues } from '../shared_values';

/** Values that several servers of a test share, in memory. */
export class MemoryValues implements SharedValues {
  readonly #values = new Map<string, Buffer>();
  /** Whether they are out of reach now. */
  isLost = false;

  read(name: string): Promise<Buffer | undefined> {
    return this.#attempt(() => this.#values.get(name));
  }

  replace(name: string, known: Buffer | undefined, value: Buffer): Promise<boolean> {
    return this.#attempt(() => {
      const kept = this.#values.get(name);
      if (known === undefined ? kept !== undefined : kept?.equals(known) !== true) return false;
      this.#values.set(name, value);
      return true;
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #attempt<Result>(action: () => Result): Promise<Result> {
    if (this.isLost) return Promise.reject(new LedgerUnavailable('the database is out of reach'));
    return Promise.resolve(action());
  }
}
