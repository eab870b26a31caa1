import { oneLine } from '../../../program/exit';
import {
  AgencyTakenOver,
  AppendOutcome,
  Draw,
  DrawState,
  DrawTerms,
  Ledger,
  LedgerBatch,
  ledgerClosed,
  LedgerNews,
  LedgerState,
  LedgerUnavailable,
  LotteryTerms,
  Standing,
} from '../ledger';
import { withDigest } from './batch_digest';
import { DrawRunner } from './draw_runner';
import { GroupWriter } from './group_writer';
import { KnownProgress } from './known_progress';
import { NewsWatch } from './news_watch';
import type { RemoteConnection, RemoteStore } from './remote_store';

/** How many bytes of texts may be on their way to the store, besides two batches of the largest kind. */
const QUEUED_BYTES = 5 * 1024 * 1024;

/** What the ledger needs from the program around it. */
export interface RemoteLedgerSettings {
  readonly terms: LotteryTerms;
  /** The longest text of a batch that will be appended. */
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
  readonly #drawRunner: DrawRunner;
  #draw: Promise<Draw> | undefined;
  #newsWatch: NewsWatch | undefined;
  #isOver = false;
  /** Rejected when the ledger is closed. */
  readonly #closed: Promise<never>;
  #confirmClosed: () => void = () => undefined;

  /** @param opened as {@link beginRun} answers it */
  constructor({ store, writer, progress, state, settings }: OpenedStore) {
    this.#settings = settings;
    this.#store = store;
    this.#writer = writer;
    this.#progress = progress;
    this.#drawRunner = new DrawRunner(store, writer, settings.terms.winnerNumber);
    this.openedWith = state;
    this.#closed = new Promise((_, reject) => (this.#confirmClosed = () => reject(ledgerClosed())));
    this.#closed.catch(() => undefined);
    if (state.draw !== undefined) this.#draw = Promise.resolve(state.draw);
  }

  get queuedBytes(): number {
    return this.#writer.queuedBytes;
  }

  /** Whether operations are carried out now: not while there is no connection. */
  get isAvailable(): boolean {
    return this.#writer.isAvailable;
  }

  /** Told of each commit: how many operations it carried out, and how long it took, the network included. */
  set onCommit(listener: GroupWriter['onCommit']) {
    this.#writer.onCommit = listener;
  }

  async append(batch: LedgerBatch, requestId?: string, ask?: number): Promise<AppendOutcome> {
    const outcome = await this.#writer.put({ kind: 'place', batch: withDigest(batch), ask, requestId });
    if (outcome === 'taken-over') throw new AgencyTakenOver();
    return outcome;
  }

  finish(agency: number, requestId?: string): Promise<number> {
    return this.#writer.put({ kind: 'finish', agency, requestId });
  }

  standing(agency: number, requestId?: string, ask?: number): Promise<Standing> {
    return this.#writer.put({ kind: 'standing', agency, ask, requestId });
  }

  standings(after: number, limit: number, requestId?: string): Promise<readonly Standing[]> {
    const { agencies } = this.#settings.terms;
    const first = Math.min(after, agencies);
    const count = Math.max(0, Math.min(limit, agencies - first));
    return this.#writer.put({ kind: 'standings', after: first, limit: count, requestId });
  }

  batchText(agency: number, batchId: number, requestId?: string): Promise<Buffer | undefined> {
    return this.#writer.put({ kind: 'batch-text', agency, batchId, requestId });
  }

  drawState(winnersOf: number | undefined, requestId?: string): Promise<DrawState> {
    return this.#writer.put({ kind: 'draw-state', winnersOf, requestId });
  }

  note(line: string): Promise<void> {
    return this.#writer.put({ kind: 'refused', line });
  }

  draw(terms: DrawTerms): Promise<Draw> {
    if (this.#isOver) return Promise.reject(ledgerClosed());
    this.#draw ??= this.#runDraw(terms).catch((error: unknown) => {
      this.#draw = undefined;
      throw error instanceof LedgerUnavailable ? error : new LedgerUnavailable(oneLine(error));
    });
    return this.#draw;
  }

  watch(listener: (news: LedgerNews) => void): void {
    if (this.#isOver || this.openedWith.draw !== undefined) return;
    this.#newsWatch = new NewsWatch({
      connect: () => this.#store.connect(),
      listener: (news) => {
        this.#progress.note(news);
        listener(news);
      },
      openedWith: this.openedWith,
    });
  }

  async close(): Promise<void> {
    this.#isOver = true;
    this.#newsWatch?.close();
    this.#drawRunner.close();
    await this.#writer.close();
    this.#confirmClosed();
  }

  async #runDraw(terms: DrawTerms): Promise<Draw> {
    const draw = await Promise.race([this.#drawRunner.run(terms), this.#closed]);
    this.#progress.note({ newlyFinished: [], draw });
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
