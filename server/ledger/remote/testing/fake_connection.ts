import type { Operation } from '../operation';
import { GroupAnswer, GroupId, LastGroup, LedgerLost, RemoteConnection } from '../remote_store';

const notNeeded = (): never => {
  throw new Error('not needed by these tests');
};

/** What the connections of one run have in common: the groups that are stored. For tests. */
export class FakeStore {
  /** The lines of 'refused' operations of each group that was stored, in order. */
  readonly stored: string[][] = [];
  /** The number of the last group that is stored; `undefined` when the store has lost the run. */
  lastGroup: number | undefined = 0;
  /** What the last group has for each of its operations when it is asked for later. */
  keptAnswer: GroupAnswer;
  /** The number of the connection that may commit. */
  writer = 1;

  /** Keeps a group unless its connection was replaced. */
  store(id: GroupId, operations: readonly Operation[]): GroupAnswer[] {
    if (id.connection !== this.writer) throw new Error('replaced');
    this.stored.push(operations.map((operation) => (operation.kind === 'refused' ? operation.uri : '')));
    this.lastGroup = id.group;
    return operations.map(() => undefined);
  }

  last(): LastGroup {
    if (this.lastGroup === undefined) throw new LedgerLost();
    return {
      number: this.lastGroup,
      answers: (operations) => Promise.resolve(operations.map(() => this.keptAnswer)),
    };
  }
}

/** A connection to it. */
export class FakeConnection implements RemoteConnection {
  readonly #store: FakeStore;
  readonly #lost = new AbortController();
  readonly lost = this.#lost.signal;
  readonly name = 'fake';
  /** What it does with a group; usually it stores it. */
  onGroup: (id: GroupId, operations: readonly Operation[]) => GroupAnswer[] | Promise<GroupAnswer[]>;

  constructor(store: FakeStore) {
    this.#store = store;
    this.onGroup = (id, operations) => store.store(id, operations);
  }

  beginRun = (): Promise<void> => Promise.resolve();

  async commitGroup(id: GroupId, operations: readonly Operation[]): Promise<readonly GroupAnswer[]> {
    this.lost.throwIfAborted();
    const answers = await this.onGroup(id, operations);
    this.lost.throwIfAborted();
    return answers;
  }

  takeOver(_runId: string, connection: number): Promise<LastGroup> {
    this.#store.writer = connection;
    return this.readRun();
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- what it throws is to be a rejection
  async readRun(): Promise<LastGroup> {
    this.lost.throwIfAborted();
    return this.#store.last();
  }

  endRun = (): Promise<void> => Promise.resolve();
  requireProgress = (): Promise<void> => Promise.resolve();
  listen = notNeeded;
  readProgress = notNeeded;
  readFinishedAfter = notNeeded;
  readSums = notNeeded;
  tryDrawLock = notNeeded;
  readDraw = notNeeded;
  findWinners = notNeeded;

  end(): Promise<void> {
    this.destroy('ended');
    return Promise.resolve();
  }

  destroy(reason: string): void {
    this.#lost.abort(new Error(reason));
  }
}
