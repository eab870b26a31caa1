/** A run of the lottery: a server and its agencies, from the first process to the last. */
import { existsSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';

import { Clock } from '../../program/clock';
import { OperationError, oneLine } from '../../program/exit';
import { ChildProgram } from '../child_program';
import { finishedAgencyIn } from '../server_log';
import { ServerProgram, startServer } from '../server_program';
import { agencyLog, rejectedFile, startAgency } from './agency_program';
import { AgencyState } from './agency_state';
import { startControl } from './control_program';
import { DataFile } from './data_files';
import { Proofs, receiptsFolder } from './proofs';

/** What is to be run. */
export interface RunPlan {
  /** The compiled code of the project. */
  readonly compiledFolder: string;
  /** The folder of this run; it exists. */
  readonly runFolder: string;
  /** A file for each agency, from agency 1 on. */
  readonly files: readonly DataFile[];
  /** Whether the server goes on after the draw until the run is stopped. */
  readonly stays: boolean;
  /** Whether a draw may be held although an agency has not closed its sale. */
  readonly hasDeadline: boolean;
  /** With what the draw can be checked; `undefined` where it is not to be. */
  readonly proofs: Proofs | undefined;
}

/** What has become of an agency. */
export interface AgencyResult {
  readonly agency: number;
  readonly storedBets: number;
  readonly leftOutRows: number;
  /** Where the rows that were left out are named; `undefined` when there are none. */
  readonly leftOutFile: string | undefined;
  /** The winners' documents; `undefined` when it has not learnt of them. */
  readonly winners: readonly string[] | undefined;
  /** From the start of the agencies until its last bet was stored. */
  readonly storedAfterMs: number;
  /** Why it has failed; `undefined` when it has not. */
  readonly failure: string | undefined;
}

/** What has become of the agencies. */
export interface RunResult {
  readonly agencies: readonly AgencyResult[];
  /** From the start of the agencies to the last WIN; to the last bet that was stored where there was none. */
  readonly tookMs: number;
}

/** How a run has ended. */
export interface RunEnd {
  readonly result: RunResult;
  /** Whether the end of the agencies was seen, and told. */
  readonly isTold: boolean;
  /** Why the server, or the run as a whole, has failed; `undefined` when it has not. */
  readonly failure: unknown;
}

/** Those who look on. */
export interface Watchers {
  /**
   * Called when the agencies are about to be started.
   *
   * @param states of all agencies; they change as the agencies go on
   * @param elapsedMs how long ago the first agency was started
   * @param page where the server's page is
   * @returns a function that ends the watch
   */
  readonly watch: (
    states: readonly AgencyState[],
    elapsedMs: () => number,
    page: string | undefined,
  ) => () => void;
  /**
   * Called when all agencies have ended.
   *
   * @param server where the server is that goes on; `undefined` when it has ended too
   */
  readonly tell: (result: RunResult, server: StayingServer | undefined) => void;
}

/** A server that goes on after the draw. */
export interface StayingServer {
  /** `host:port`. */
  readonly address: string;
  readonly page: string | undefined;
}

/** An idle server exits within a second; on a loaded machine it takes longer. */
const SERVER_END_TIMEOUT_MS = 10_000;
/** All children are gone within a second: those that do not exit are killed, which loses no stored bet. */
const STOP_TIMEOUT_MS = 450;
const KILL_TIMEOUT_MS = 150;

/**
 * Runs a lottery to its end: until every agency has its winners, or, where one has failed before it had closed its sale,
 * until the others have closed theirs. No process of it is left when the promise is settled.
 *
 * @param stop aborted to end everything within a second
 */
export async function runLottery(
  plan: RunPlan,
  clock: Clock,
  watchers: Watchers,
  stop: AbortSignal,
): Promise<RunEnd> {
  const run = new Run(plan, clock, watchers);
  const stopped = new Promise<undefined>((resolve) => {
    if (stop.aborted) resolve(undefined);
    stop.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  let failure: unknown;
  try {
    await Promise.race([stopped, run.failure, run.play(stopped)]);
  } catch (error) {
    failure = error;
  } finally {
    await run.end();
  }
  return { result: run.result(), isTold: run.isTold, failure };
}

class Run {
  /** Rejected when the server fails; never resolved. */
  readonly failure: Promise<never>;
  readonly #plan: RunPlan;
  readonly #clock: Clock;
  readonly #watchers: Watchers;
  readonly #states: readonly AgencyState[];
  readonly #winners = new Map<number, readonly string[]>();
  readonly #children: ChildProgram[] = [];
  #fail: (error: unknown) => void = () => undefined;
  #onChange: () => void = () => undefined;
  #closeWatch: () => void = () => undefined;
  #endBeacon: () => void = () => undefined;
  #isOver = false;
  #isTold = false;

  constructor(plan: RunPlan, clock: Clock, watchers: Watchers) {
    this.#plan = plan;
    this.#clock = clock;
    this.#watchers = watchers;
    this.#states = plan.files.map(({ agency, sizeBytes }) => new AgencyState(agency, sizeBytes));
    this.failure = new Promise((_, reject) => (this.#fail = reject));
    this.failure.catch(() => undefined);
  }

  get isTold(): boolean {
    return this.#isTold;
  }

  /** Never resolves once the run has failed or was stopped before the agencies have ended. */
  async play(stopped: Promise<void>): Promise<void> {
    const { compiledFolder, runFolder, files, stays, proofs } = this.#plan;
    this.#requireGoingOn();
    if (proofs !== undefined) this.#startProving(proofs);
    const server = startServer({
      compiledFolder,
      folder: runFolder,
      settings: { AGENCIES: String(files.length), ...proofs?.serverSettings },
      onLine: (line) => this.#takeServerLine(line),
    });
    this.#children.push(server.program);
    let isServerWanted = true;
    void server.program.ended.then(() => {
      if (isServerWanted) this.#fail(server.program.failure());
    });
    const address = await server.address;

    const startedMs = this.#clock.nowMs();
    const elapsedMs = (): number => this.#clock.nowMs() - startedMs;
    this.#requireGoingOn();
    const close = this.#watchers.watch(this.#states, elapsedMs, server.page());
    this.#closeWatch = () => {
      this.#closeWatch = () => undefined;
      close();
    };
    await this.#startAgencies(address, elapsedMs);
    await this.#untilNothingIsToCome();
    this.#requireGoingOn();
    this.#closeWatch();
    if (!stays) {
      isServerWanted = false;
      await this.#endAll(server);
    }
    this.#isTold = true;
    this.#watchers.tell(this.result(), stays ? { address, page: server.page() } : undefined);
    if (stays) await stopped;
    isServerWanted = false;
  }

  #startProving(proofs: Proofs): void {
    const { compiledFolder, runFolder } = this.#plan;
    const control = startControl(compiledFolder, runFolder, proofs);
    this.#children.push(control);
    void control.ended.then(() => {
      if (!this.#isOver) this.#fail(control.failure());
    });
    this.#endBeacon = proofs.publishBeacon(this.#clock, (error) => this.#fail(error));
  }

  /** What has become of the agencies by now. */
  result(): RunResult {
    const { runFolder } = this.#plan;
    const states = this.#states;
    return {
      agencies: states.map((state) => ({
        agency: state.agency,
        storedBets: state.storedBets,
        leftOutRows: state.leftOutRows,
        leftOutFile: leftOutFile(runFolder, state),
        winners: this.#winners.get(state.agency),
        storedAfterMs: state.lastStoredMs,
        failure: state.failure,
      })),
      tookMs: states.reduce((last, state) => Math.max(last, state.wonMs ?? state.lastStoredMs), 0),
    };
  }

  /** Stops the programs that still run. */
  async end(): Promise<void> {
    this.#isOver = true;
    this.#closeWatch();
    this.#endBeacon();
    const ended = Promise.all(this.#children.map((child) => child.ended));
    for (const child of this.#children) child.signal('SIGTERM');
    if (await this.#settledWithin(ended, STOP_TIMEOUT_MS)) return;
    for (const child of this.#children) child.signal('SIGKILL');
    await this.#settledWithin(ended, KILL_TIMEOUT_MS);
  }

  #takeServerLine(line: string): void {
    const agency = finishedAgencyIn(line);
    if (agency === undefined) return;
    this.#states[agency - 1]?.finished();
    this.#onChange();
  }

  async #startAgencies(address: string, elapsedMs: () => number): Promise<void> {
    const { compiledFolder, runFolder, files, proofs } = this.#plan;
    for (const [index, file] of files.entries()) {
      this.#requireGoingOn();
      const state = this.#states[index]!;
      const settings = proofs && {
        ...proofs.agencySettings,
        CLI_RECEIPTS_FOLDER: receiptsFolder(runFolder, file.agency),
      };
      const agency = startAgency(compiledFolder, runFolder, address, file, settings ?? {}, (report) => {
        state.take(report, elapsedMs());
        this.#onChange();
      });
      this.#children.push(agency.program);
      void agency.winners
        .then(
          (documents) => {
            state.won(elapsedMs());
            this.#winners.set(state.agency, documents);
          },
          (error: unknown) => {
            // One that is stopped at the end has not failed.
            if (!this.#isOver) state.failed(oneLine(error));
          },
        )
        .then(() => this.#onChange());
      // Lets a signal be handled between the starts of many agencies.
      await setImmediate();
    }
  }

  #untilNothingIsToCome(): Promise<void> {
    return new Promise((resolve) => {
      this.#onChange = () => {
        if (this.#isNothingToCome()) resolve();
      };
      this.#onChange();
    });
  }

  /** Whether all agencies have ended, or those that go on wait for a draw that cannot come. */
  #isNothingToCome(): boolean {
    const goingOn = this.#states.filter(
      ({ agency, failure }) => failure === undefined && !this.#winners.has(agency),
    );
    if (goingOn.length === 0) return true;
    const isDrawToCome =
      this.#plan.hasDeadline ||
      this.#states.every(({ failure, isFinished }) => failure === undefined || isFinished);
    return !isDrawToCome && goingOn.every(({ hasToldAll }) => hasToldAll);
  }

  /** The server is asked last: an agency that loses it would look for it. */
  async #endAll({ program }: ServerProgram): Promise<void> {
    this.#isOver = true;
    const agencies = this.#children.filter((child) => child !== program);
    for (const agency of agencies) agency.signal('SIGTERM');
    await this.#settledWithin(Promise.all(agencies.map(({ ended }) => ended)), SERVER_END_TIMEOUT_MS);
    program.signal('SIGTERM');
    const isEnded = await this.#settledWithin(program.ended, SERVER_END_TIMEOUT_MS);
    if (!isEnded) throw program.failure(`it has not ended within ${SERVER_END_TIMEOUT_MS / 1_000} s`);
    if (!program.isDone) throw program.failure();
  }

  #requireGoingOn(): void {
    if (this.#isOver) throw new OperationError('the run is over');
  }

  #settledWithin(promise: Promise<unknown>, timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(timeoutMs, () => resolve(false));
      void promise.then(() => {
        cancel();
        resolve(true);
      });
    });
  }
}

/** The file with the reasons, or, where the agency has made none, the log. */
function leftOutFile(runFolder: string, { agency, leftOutRows }: AgencyState): string | undefined {
  const file = rejectedFile(runFolder, agency);
  if (existsSync(file)) return file;
  return leftOutRows === 0 ? undefined : agencyLog(runFolder, agency);
}
