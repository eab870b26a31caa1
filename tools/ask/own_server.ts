/** The server that the console starts for itself. */
import { existsSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { OperationError, oneLine } from '../../program/exit';
import { makeFolder, PRIVATE_FILE, PRIVATE_FOLDER } from '../../program/folders';
import { MAX_NUMBER } from '../../protocol/limits';
import { wholeNumberOf } from '../options';
import { ledgerFile, serverLog, ServerProgram, startServer } from '../server_program';
import { requireSqlite } from '../sqlite_check';

/** A longer log is put aside at the start; one is kept. */
const MAX_LOG_BYTES = 1024 * 1024;
const MAX_AGENCIES = 1_000_000;
const DEFAULT_AGENCIES = 5;
const DEFAULT_WINNER_NUMBER = 7_574;
/** An idle server exits within a second; on a loaded machine it takes longer. */
const END_TIMEOUT_MS = 10_000;
/** One that does not is killed, which loses nothing that is stored, when the console has a second. */
const STOP_TIMEOUT_MS = 600;

/** A server on a ledger of the console's own. */
export class OwnServer {
  /** Whether its ledger was there before. */
  readonly isFoundAgain: boolean;
  /** Aborted when it has ended without being asked to. */
  readonly lost: AbortSignal;
  readonly #server: ServerProgram;
  #isWanted = true;

  /**
   * Starts it.
   *
   * @param compiledFolder the compiled code of the project
   * @param folder where its ledger, its settings and its log lie; it is made, for its owner alone
   * @throws ConfigurationError for wrong AGENCIES or LOTTERY_WINNER_NUMBER in the environment
   * @throws OperationError when it cannot be started
   */
  constructor(compiledFolder: string, folder: string) {
    requireSqlite();
    const firstText = firstSettings(process.env);
    const configurationFile = join(folder, 'server.ini');
    try {
      makeFolder(folder, PRIVATE_FOLDER);
      this.isFoundAgain = existsSync(ledgerFile(folder));
      putLogAside(serverLog(folder));
      if (!existsSync(configurationFile)) {
        writeFileSync(configurationFile, firstText, { mode: PRIVATE_FILE });
      }
    } catch (error) {
      throw new OperationError(`${folder}: ${oneLine(error)}`);
    }
    // Whoever reaches it is this machine: it needs neither tokens nor certificates.
    const settings = { HTTP_TOKENS_FILE: '', HTTP_TLS: 'off' };
    this.#server = startServer({ compiledFolder, folder, configurationFile, settings });
    const lost = new AbortController();
    this.lost = lost.signal;
    void this.#server.program.ended.then(() => {
      if (this.#isWanted) lost.abort();
    });
  }

  /**
   * Waits until it takes requests.
   *
   * @returns where its HTTP door is
   * @throws OperationError when it has ended, or is not there within 30 seconds
   */
  async url(): Promise<URL> {
    await this.#server.address;
    const page = this.#server.page();
    if (page === undefined) throw this.failure();
    return new URL(page);
  }

  /** Why it has ended, in a line. */
  failure(): OperationError {
    return this.#server.program.failure();
  }

  /** Ends it. @param isUrgent whether it must be gone within a second */
  async stop(isUrgent: boolean): Promise<void> {
    this.#isWanted = false;
    const { program } = this.#server;
    program.signal('SIGTERM');
    const timer = setTimeout(() => program.signal('SIGKILL'), isUrgent ? STOP_TIMEOUT_MS : END_TIMEOUT_MS);
    await program.ended;
    clearTimeout(timer);
  }
}

/** Kept, so that the ledger gets the same ones the next time. @throws ConfigurationError for a wrong value */
function firstSettings(environment: NodeJS.ProcessEnv): string {
  const valueOf = (name: string, minimum: number, maximum: number): number | undefined =>
    wholeNumberOf(name, environment[name] || undefined, { minimum, maximum });
  const agencies = valueOf('AGENCIES', 1, MAX_AGENCIES) ?? DEFAULT_AGENCIES;
  const winnerNumber = valueOf('LOTTERY_WINNER_NUMBER', 0, MAX_NUMBER) ?? DEFAULT_WINNER_NUMBER;
  return `; The settings of the console's own server: see docs/CONSOLE.md. A ledger keeps these two for good.
[DEFAULT]
AGENCIES = ${agencies}
LOTTERY_WINNER_NUMBER = ${winnerNumber}
`;
}

function putLogAside(file: string): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > MAX_LOG_BYTES) renameSync(file, `${file}.before`);
}
