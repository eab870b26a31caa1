import { LedgerUnavailable } from '../ledger';
import { requireValueName, requireValueSize, SharedValues } from '../shared_values';

/** Values that several servers of a test share, in memory. */
export class MemoryValues implements SharedValues {
  readonly #values: Map<string, Buffer>;
  /** Whether they are out of reach now, as they are for good once closed. */
  isLost = false;

  constructor(values = new Map<string, Buffer>()) {
    this.#values = values;
  }

  /** The same values, as another server has them open. */
  another(): MemoryValues {
    return new MemoryValues(this.#values);
  }

  read(name: string): Promise<Buffer | undefined> {
    return this.#attempt(() => {
      requireValueName(name);
      return this.#values.get(name);
    });
  }

  replace(name: string, known: Buffer | undefined, value: Buffer): Promise<boolean> {
    return this.#attempt(() => {
      requireValueName(name);
      requireValueSize(value);
      const kept = this.#values.get(name);
      if (known === undefined ? kept !== undefined : kept?.equals(known) !== true) return false;
      this.#values.set(name, value);
      return true;
    });
  }

  close(): Promise<void> {
    this.isLost = true;
    return Promise.resolve();
  }

  async #attempt<Result>(action: () => Result): Promise<Result> {
    await Promise.resolve();
    if (this.isLost) throw new LedgerUnavailable('the database is out of reach');
    return action();
  }
}
