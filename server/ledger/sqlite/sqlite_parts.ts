/** What the ledger in SQLite is made of, and what it needs from the program around it. */
import { Clock, SYSTEM_CLOCK } from '../../../program/clock';
import { oneLine } from '../../../program/exit';
import type { LotteryTerms } from '../ledger';
import { DrawRunner } from './draw_runner';
import { MAX_LOCK_WAIT_MS } from './file_lock';
import type { FolderLock } from './folder_lock';
import { Notice, takeLedgerFolder } from './notices';
import { LockedAtOpening, StartedWriter, startWriter } from './start_writer';
import { newRingMemory, RingMemory } from './submission_ring';
import type { WriterStart } from './writer_messages';

/** The pause between two tries to open a ledger that another program has locked. */
const PAUSE_MS = 100;
/** A write-ahead log that cannot be moved into the database is told of from this size on. */
const MAX_QUIET_LOG_BYTES = 64 * 1024 * 1024;

/** What the ledger needs from the program around it. */
export interface SqliteLedgerSettings {
  readonly folder: string;
  readonly terms: LotteryTerms;
  /** The longest text of a batch that will be appended. */
  readonly maxBatchBytes: number;
  /** Called when the writer itself breaks down: the ledger is of no more use then. */
  readonly onBroken: (error: Error) => void;
  /** Told what is wrong with the storage while nothing has failed by it. */
  readonly onTrouble: (reason: string) => void;
  /** Told what the storage waits for, or what keeps it from being tidied up: nothing has failed. */
  readonly onDelay?: ((reason: string) => void) | undefined;
  /** Aborted when the program is to stop: then opening does not wait for the lock of another program. */
  readonly stop?: AbortSignal | undefined;
  /** Told at the start what an operator should know of the ledger, by name. */
  readonly onNotice?: (details: Notice) => void;
}

/** What the ledger is made of beside this side of it. */
export interface SqliteLedgerParts {
  /** Takes a folder for this process, as {@link takeLedgerFolder} does. */
  readonly takeFolder: (
    folder: string,
  ) => Pick<FolderLock, 'isMade' | 'markMade' | 'release'> & { notices?: () => readonly Notice[] };
  /** Starts a writer that opens the ledger, as {@link startWriter} does. */
  readonly startWriter: (start: WriterStart) => Promise<StartedWriter>;
  /** Looks for the winners in a folder's ledger. */
  readonly newSearch: (folder: string) => WinnerSearch;
  /** Memory for texts of so many bytes on their way, as {@link newRingMemory} makes it. */
  readonly newMemory: (textBytes: number) => RingMemory;
  readonly clock: Clock;
}

/** A search for the winners, as {@link DrawRunner} is one. */
export type WinnerSearch = Pick<DrawRunner, 'run' | 'stop'> & { prepare(): void };

/** On threads of this process, by the machine's clock. */
export const ON_THREADS: SqliteLedgerParts = {
  takeFolder: takeLedgerFolder,
  startWriter,
  newSearch: (folder) => new DrawRunner({ folder }),
  newMemory: newRingMemory,
  clock: SYSTEM_CLOCK,
};

/**
 * Starts the first writer. While another program has locked the file it waits for that, with a bound.
 *
 * @throws as {@link SqliteLedgerParts.startWriter} does
 */
export async function startUnlocked(
  { startWriter: start, clock }: SqliteLedgerParts,
  parameters: WriterStart,
  { onDelay, stop }: SqliteLedgerSettings,
): Promise<StartedWriter> {
  const startedMs = clock.nowMs();
  for (let tries = 0; ; tries++) {
    try {
      return await start(parameters);
    } catch (error) {
      const isOver = stop?.aborted === true || clock.nowMs() - startedMs > MAX_LOCK_WAIT_MS;
      if (!(error instanceof LockedAtOpening) || isOver) throw error;
      if (tries === 0) onDelay?.(`the opening waits: ${oneLine(error)}`);
      await new Promise<void>((resolve) => void clock.after(PAUSE_MS, resolve));
    }
  }
}

/** Tells of a write-ahead log that a reader holds, once it is large. */
export function tellOfHeldLog(bytes: number, { onDelay }: Pick<SqliteLedgerSettings, 'onDelay'>): void {
  if (bytes < MAX_QUIET_LOG_BYTES) return;
  const mebibytes = Math.round(bytes / 1024 / 1024);
  onDelay?.(`a reader keeps a transaction open, and ${mebibytes} MiB wait in the write-ahead log`);
}
