/** A run of the lottery: a server and its agencies, from the first process to the last. */
import { setImmediate } from 'node:timers/promises';

import { Clock } from '../../program/clock';
import { OperationError } from '../../program/exit';
import { AgencyProgram, startAgency } from './agency_program';
import { AgencyState } from './agency_state';
import { ChildProgram } from './child_program';
import { DataFile } from './data_files';
import { ServerProgram, startServer } from './server_program';

/** What is to be run. */
export interface RunPlan {
  /** The compiled code of the project. */
  readonly compiledFolder: string;
  /** The folder of this run; it exists. */
  readonly runFolder: string;
  /** A file for each agency. */
  readonly files: readonly DataFile[];
}

/** The result of an agency. */
export interface AgencyResult {
  readonly agency: number;
  readonly storedBets: number;
  readonly leftOutRows: number;
  /** The winners' documents. */
  readonly winners: readonly string[];
  /** From the start of the agencies until its last bet was stored. */
  readonly storedAfterMs: number;
}

/** The result of a run. */
export interface RunResult {
  readonly agencies: readonly AgencyResult[];
  /** From the start of the agencies to the last WIN. */
  readonly tookMs: number;
}

/**
 * Called when the agencies are about to be started.
 *
 * @param states of all agencies; they change as the agencies go on
 * @param elapsedMs how long ago the first agency was started
 * @param page where the server's page is
 * @returns a function that ends the watch
 */
export type Watch = (
  states: readonly AgencyState[],
  elapsedMs: () => number,
  page: string | undefined,
) => () => void;

/** An idle server exits within a second; on a loaded machine it takes longer. */
const SERVER_END_TIMEOUT_MS = 10_000;
/** All children are gone within a second: those that do not exit are killed, which loses no stored bet. */
const STOP_TIMEOUT_MS = 450;
const KILL_TIMEOUT_MS = 150;

/**
 * Runs a lottery to its end. No process of it is left when the promise is settled.
 *
 * @param stop aborted to end everything within a second
 * @returns `undefined` when it was stopped
 * @throws OperationError, naming the program, when one of them has failed
 */
export async function runLottery(
  plan: RunPlan,
  clock: Clock,
  watch: Watch,
  stop: AbortSignal,
): Promise<RunResult | undefined> {
  const run = new Run(plan, clock, watch);
  const stopped = new Promise<undefined>((resolve) => {
    if (stop.aborted) resolve(undefined);
    stop.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  try {
    return await Promise.race([stopped, run.failure, run.play()]);
  } finally {
    await run.end();
  }
}

class Run {
  /** Rejected when one of the programs fails; never resolved. */
  readonly failure: Promise<never>;
  readonly #plan: RunPlan;
  readonly #clock: Clock;
  readonly #watch: Watch;
  readonly #children: ChildProgram[] = [];
  #fail: (error: unknown) => void = () => undefined;
  #closeWatch: () => void = () => undefined;
  #isOver = false;

  constructor(plan: RunPlan, clock: Clock, watch: Watch) {
    this.#plan = plan;
    this.#clock = clock;
    this.#watch = watch;
    this.failure = new Promise((_, reject) => (this.#fail = reject));
    this.failure.catch(() => undefined);
  }

  /** Never resolves once the run has failed or was stopped. */
  async play(): Promise<RunResult> {
    const { compiledFolder, runFolder, files } = this.#plan;
    this.#requireGoingOn();
    const server = startServer(compiledFolder, runFolder, files.length);
    this.#children.push(server.program);
    let isServerWanted = true;
    void server.program.ended.then(() => {
      if (isServerWanted) this.#fail(server.program.failure());
    });
    const address = await server.address;

    const startedMs = this.#clock.nowMs();
    const elapsedMs = (): number => this.#clock.nowMs() - startedMs;
    const states = files.map(({ agency, sizeBytes }) => new AgencyState(agency, sizeBytes));
    this.#requireGoingOn();
    this.#closeWatch = this.#watch(states, elapsedMs, server.page());
    const agencies = await this.#startAgencies(address, states, elapsedMs);
    const winners = await Promise.all(agencies.map((agency) => agency.winners));
    isServerWanted = false;
    await this.#endServer(server);
    return resultOf(states, winners);
  }

  /** Stops the programs that still run. */
  async end(): Promise<void> {
    this.#isOver = true;
    this.#closeWatch();
    const ended = Promise.all(this.#children.map((child) => child.ended));
    for (const child of this.#children) child.signal('SIGTERM');
    if (await this.#settledWithin(ended, STOP_TIMEOUT_MS)) return;
    for (const child of this.#children) child.signal('SIGKILL');
    await this.#settledWithin(ended, KILL_TIMEOUT_MS);
  }

  async #startAgencies(
    address: string,
    states: readonly AgencyState[],
    elapsedMs: () => number,
  ): Promise<AgencyProgram[]> {
    const { compiledFolder, runFolder, files } = this.#plan;
    const agencies: AgencyProgram[] = [];
    for (const [index, file] of files.entries()) {
      this.#requireGoingOn();
      const state = states[index]!;
      const agency = startAgency(compiledFolder, runFolder, address, file, (report) => {
        state.take(report, elapsedMs());
      });
      agencies.push(agency);
      this.#children.push(agency.program);
      agency.winners.then(
        () => state.won(elapsedMs()),
        (error: unknown) => this.#fail(error),
      );
      // Lets a signal be handled between the starts of many agencies.
      await setImmediate();
    }
    return agencies;
  }

  async #endServer({ program }: ServerProgram): Promise<void> {
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

function resultOf(states: readonly AgencyState[], winners: readonly (readonly string[])[]): RunResult {
  return {
    agencies: states.map((state, index) => ({
      agency: state.agency,
      storedBets: state.storedBets,
      leftOutRows: state.leftOutRows,
      winners: winners[index] ?? [],
      storedAfterMs: state.lastStoredMs,
    })),
    tookMs: states.reduce((last, { wonMs }) => Math.max(last, wonMs ?? 0), 0),
  };
}
