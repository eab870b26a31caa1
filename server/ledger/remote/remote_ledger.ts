import { oneLine } from '../../../program/exit';
import type { DrawDeadline } from '../draw';
import {
  AgencyTakenOver,
  isStorageError,
  Ledger,
  ledgerClosed,
  LedgerNews,
  LedgerState,
  LedgerUnavailable,
  LotteryTerms,
  SearchResult,
} from '../ledger';
import type { Answers, AnswerTo, Operation, OperationOf, PlaceAnswer } from '../operation';
import { withDigest } from './batch_digest';
import { DrawSearch } from './draw_search';
import { GroupWriter } from './group_writer';
import { KnownProgress } from './known_progress';
import { withOwnValues } from './operation';
import { NewsWatch } from './news_watch';
import type { RemoteConnection, RemoteStore } from './remote_store';

/** How often a batch that is late closes the sale and is put again: more than once only where the store's clock goes back. */
const MAX_LATE_TRIES = 3;

/** How many bytes of texts may be on their way to the store, besides two batches of the largest kind. */
const QUEUED_BYTES = 5 * 1024 * 1024;

/** What the ledger needs from the program around it. */
export interface RemoteLedgerSettings {
  readonly terms: LotteryTerms;
  /** When the draw stops waiting for agencies, if ever. All servers over one store have the same. */
  readonly deadline?: DrawDeadline | undefined;
  /** Whether a deadline that passed long ago is acted on. */
  readonly actsOnOverdue?: boolean | undefined;
  /** The longest text of a batch that will be placed. */
  readonly maxBatchBytes: number;
  /** How long calls wait at most while there is no connection to the store; 5 s if left out. */
  readonly maxOutageMs?: number | undefined;
  /** Called when the store is not the one that it was: the ledger is of no more use then. */
  readonly onBroken: (error: Error) => void;
  /** Told what is wrong with the storage while nothing has failed because of it. */
  readonly onTrouble: (reason: string) => void;
}

/** What an open ledger is made of. */
export interface OpenedStore {
  readonly store: RemoteStore;
  readonly writer: GroupWriter;
  readonly progress: KnownProgress;
  /** What the ledger holds. */
  readonly state: LedgerState;
  readonly settings: RemoteLedgerSettings;
}

/**
 * Begins the run of this server, over a connection to a store that is ready for it.
 *
 * @param state what the ledger holds
 * @throws LedgerLost when this server cannot work with what is in the store
 */
export async function beginRun(
  store: RemoteStore,
  connection: RemoteConnection,
  state: LedgerState,
  settings: RemoteLedgerSettings,
): Promise<OpenedStore> {
  const progress = new KnownProgress();
  const writer = await GroupWriter.start(connection, {
    connect: () => connectAgain(store, progress),
    maxQueuedBytes: QUEUED_BYTES + 2 * settings.maxBatchBytes,
    maxOutageMs: settings.maxOutageMs,
    onBroken: settings.onBroken,
    onTrouble: settings.onTrouble,
  });
  return { store, writer, progress, state, settings };
}

/**
 * A ledger whose storage is another program. Operations are put into groups, which the store carries out one after the
 * other over one connection; the draw and the news have connections of their own.
 *
 * Several servers may have the same ledger open: the store puts what concerns the same agency into one order, which is
 * that of the audit log. What other servers have recorded is told to the listener that watches.
 */
export class RemoteLedger implements Ledger {
  readonly openedWith: LedgerState;
  readonly isShared = true;
  readonly #settings: RemoteLedgerSettings;
  readonly #store: RemoteStore;
  readonly #writer: GroupWriter;
  readonly #progress: KnownProgress;
  readonly #search: DrawSearch;
  #newsWatch: NewsWatch | undefined;
  #isOver = false;

  /** @param opened as {@link beginRun} answers it */
  constructor({ store, writer, progress, state, settings }: OpenedStore) {
    this.#settings = settings;
    this.#store = store;
    this.#writer = writer;
    this.#progress = progress;
    this.#search = new DrawSearch(store);
    this.openedWith = state;
  }

  get queuedBytes(): number {
    return this.#writer.queuedBytes;
  }

  get clockAheadMs(): number {
    return this.#newsWatch?.clockAheadMs ?? 0;
  }

  /** Whether operations are carried out now: not while there is no connection. */
  get isAvailable(): boolean {
    return this.#writer.isAvailable;
  }

  /** Told of each commit: how many operations it carried out, and how long it took, the network included. */
  set onCommit(listener: GroupWriter['onCommit']) {
    this.#writer.onCommit = listener;
  }

  submit<O extends Operation>(operation: O): Promise<AnswerTo<O>> {
    return this.#submit(operation) as Promise<AnswerTo<O>>;
  }

  async findWinners(winnerNumber: number): Promise<SearchResult> {
    if (this.#isOver) throw ledgerClosed();
    try {
      return await this.#search.run(winnerNumber);
    } catch (error) {
      if (isStorageError(error)) throw error;
      throw new LedgerUnavailable(oneLine(error));
    }
  }

  watch(listener: (news: LedgerNews) => void): void {
    if (this.#isOver || this.openedWith.draw !== undefined) return;
    this.#newsWatch = new NewsWatch({
      connect: () => this.#store.connect(),
      listener: (news) => {
        this.#progress.note(news);
        if (news.draw !== undefined) void this.#search.end();
        listener(news);
      },
      openedWith: this.openedWith,
    });
  }

  watchRoom(listener: () => void): void {
    this.#writer.onRoom = listener;
  }

  async close(): Promise<void> {
    this.#isOver = true;
    this.#newsWatch?.close();
    this.#search.close();
    await this.#writer.close();
  }

  #submit(operation: Operation): Promise<Answers[Operation['kind']]> {
    switch (operation.kind) {
      case 'place':
        return this.#place(operation);
      case 'standings': {
        const { agencies } = this.#settings.terms;
        const after = Math.min(operation.after, agencies);
        const limit = Math.max(0, Math.min(operation.limit, agencies - after));
        return this.#writer.put({ ...operation, after, limit });
      }
      case 'record-draw':
        return this.#recordDraw(operation);
      case 'put-notes':
        return this.#writer.put(withOwnValues(operation));
      default:
        return this.#writer.put(operation);
    }
  }

  /** A batch that is late by the store's clock closes the sale first: its refusal stands after the close in the log. */
  async #place(given: OperationOf<'place'>): Promise<PlaceAnswer> {
    const operation = { ...given, batch: withDigest(given.batch) };
    for (let tries = 0; tries < MAX_LATE_TRIES; tries++) {
      const answer = await this.#writer.put(operation);
      if (answer.outcome === 'taken-over') throw new AgencyTakenOver();
      if (answer.outcome !== 'late') return answer;
      await this.#writer.put({ kind: 'close-sale', whenMissing: this.#settings.deadline?.action });
    }
    throw new LedgerUnavailable('the clock of the storage does not go on');
  }

  async #recordDraw(operation: OperationOf<'record-draw'>): Promise<Answers['record-draw']> {
    const draw = await this.#writer.put(operation);
    this.#progress.note({ newlyFinished: [], draw });
    await this.#search.end();
    return draw;
  }
}

/** @throws LedgerLost when the store lacks what it had */
async function connectAgain(store: RemoteStore, progress: KnownProgress): Promise<RemoteConnection> {
  const connection = await store.connect();
  try {
    await progress.require(connection);
    return connection;
  } catch (error) {
    connection.destroy('it is not the store that it was');
    throw error;
  }
}
