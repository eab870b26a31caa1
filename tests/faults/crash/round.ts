/** One round of the crash test. */
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { Random } from '../../../tools/random';
import { freePort } from '../../support/free_port';
import { Program, Stage, tcpPortOf } from '../../support/programs';
import { Relay } from '../proxy/relay';
import { seededTreatment } from '../proxy/treatment';
import { ConnectionWitness, Witness } from '../proxy/witness';
import { askAgain } from './asking_again';
import { KeptAgency } from './kept_agency';
import { ExpectedLottery, LedgerCheck } from './ledger_check';
import { readLedger } from './ledger_reader';
import { RoundPlan, ServerKill } from './plan';
import { playReferenceClient } from './reference_client';

/** What a round has shown. */
export interface RoundResult {
  readonly findings: readonly string[];
  /** What killed the server: the point's name, or `moment`; each kill once. */
  readonly kills: readonly string[];
  /** Planned kills whose point was not reached before all was done. */
  readonly unreachedKills: number;
  readonly agencyKills: number;
  readonly acknowledgedBatches: number;
  readonly checkedBatches: number;
  readonly wins: number;
}

/** What one lottery has, over all of its rounds. */
export interface LotteryStage {
  /** The ledger's folder. */
  readonly ledgerFolder: string;
  /** Each agency's bets. */
  readonly files: ReadonlyMap<number, string>;
  readonly expected: ExpectedLottery;
  readonly witness: Witness;
  readonly check: LedgerCheck;
}

/** A round that is not over by then has a finding. */
const ROUND_TIMEOUT_MS = 40_000;
const PRELOAD = join(__dirname, 'kill_points.cjs');
const ROUND_PURPOSE = 103;

/** The relay delays and cuts to pieces, so that kills find bytes on their way; it breaks nothing by itself. */
const SLOWNESS = {
  refusedPercent: 0,
  brokenPercent: 0,
  stalledPercent: 0,
  longestStallMs: 0,
  longestPauseMs: 6,
  connectionsWithFaults: 0,
};

/** Plays a round to its end. */
export async function playRound(plan: RoundPlan, lottery: LotteryStage): Promise<RoundResult> {
  const round = await Round.open(plan, lottery);
  return round.play();
}

class Round {
  readonly #plan: RoundPlan;
  readonly #lottery: LotteryStage;
  readonly #port: number;
  readonly #relay: Relay<ConnectionWitness>;
  readonly #stage = new Stage();
  readonly #agencies: readonly KeptAgency[];
  readonly #stop = new AbortController();
  readonly #findings: string[] = [];
  readonly #kills: string[] = [];
  #unreachedKills = 0;
  #server: Program | undefined;

  static async open(plan: RoundPlan, lottery: LotteryStage): Promise<Round> {
    const port = await freePort();
    const relay = await Relay.open({
      serverPort: port,
      treat: (connection) => seededTreatment(plan.seed, connection, SLOWNESS),
      watch: () => lottery.witness.watch(),
    });
    return new Round(plan, lottery, port, relay);
  }

  private constructor(plan: RoundPlan, lottery: LotteryStage, port: number, relay: Relay<ConnectionWitness>) {
    this.#plan = plan;
    this.#lottery = lottery;
    this.#port = port;
    this.#relay = relay;
    const serverGone = async (): Promise<unknown> => this.#server?.exit;
    this.#agencies = [...plan.agencies].map(([agency, lives]) => {
      const { witness, files } = lottery;
      const file = files.get(agency) ?? '';
      const { signal } = this.#stop;
      return new KeptAgency(agency, lives, { stage: this.#stage, relay, witness, file, serverGone, signal });
    });
  }

  async play(): Promise<RoundResult> {
    const { check, witness } = this.#lottery;
    const checkedBefore = check.checkedBatches;
    const winsBefore = witness.counts.wins;
    const timeout = setTimeout(() => this.#giveUp(`not over after ${ROUND_TIMEOUT_MS} ms`), ROUND_TIMEOUT_MS);
    const clients = this.#playClients();
    try {
      if (await this.#playServers(clients)) await this.#playEnd();
    } catch (error) {
      this.#giveUp(String(error));
    } finally {
      clearTimeout(timeout);
      await this.#close(clients);
    }
    return {
      findings: [...this.#findings, ...witness.findings.splice(0)],
      kills: this.#kills,
      unreachedKills: this.#unreachedKills,
      agencyKills: this.#agencies.reduce((sum, { kills }) => sum + kills, 0),
      acknowledgedBatches: witness.acknowledged.size,
      checkedBatches: check.checkedBatches - checkedBefore,
      wins: witness.counts.wins - winsBefore,
    };
  }

  /** Plays all agencies to their end. A finding ends the round. */
  async #playClients(): Promise<void> {
    await Promise.all([
      ...this.#agencies.map(async (agency) => this.#report(await agency.run())),
      this.#playReference(),
    ]);
  }

  async #playReference(): Promise<void> {
    const { agencies, referenceAgency: agency, referenceBatchAmount: batchAmount } = this.#plan.lottery;
    const random = new Random(this.#plan.seed, ROUND_PURPOSE, agencies);
    const bets = this.#lottery.expected.bets.get(agency) ?? [];
    const { signal } = this.#stop;
    const plan = { agency, port: this.#relay.port, bets, batchAmount, random, signal };
    const win = await playReferenceClient(plan).catch((error: unknown) => {
      this.#giveUp(String(error));
    });
    if (win !== undefined && win !== this.#lottery.expected.wins.get(agency))
      this.#report([`the reference client was told a wrong WIN`]);
  }

  #report(findings: readonly string[]): void {
    if (this.#stop.signal.aborted) return;
    this.#findings.push(...findings);
    if (findings.length > 0) this.#stop.abort();
  }

  #giveUp(finding: string): void {
    this.#report([finding]);
  }

  /**
   * Starts servers and kills them, as planned, until the clients have done their work.
   *
   * @returns whether they have, and the last server still runs
   */
  async #playServers(clients: Promise<void>): Promise<boolean> {
    const kills = [...this.#plan.serverKills];
    const stopped = once(this.#stop.signal, 'abort');
    for (;;) {
      const kill = kills.shift();
      const server = this.#startServer(kill);
      const moment = kill?.at.kind === 'moment' ? kill.at.afterMs : undefined;
      const timer = moment === undefined ? undefined : setTimeout(() => server.signal('SIGKILL'), moment);
      const exit = await Promise.race([server.exit, clients, stopped.then(() => undefined)]);
      clearTimeout(timer);
      if (this.#stop.signal.aborted) return false;
      if (exit === undefined) {
        if (kill !== undefined) await this.#replaceServer();
        this.#unreachedKills = kills.length + (kill === undefined ? 0 : 1);
        return true;
      }
      if (exit !== 'SIGKILL' || kill === undefined) {
        this.#giveUp(`the server ended with ${exit}: ${server.errors.trim()}`);
        return false;
      }
      await this.#afterKill(kill);
    }
  }

  async #afterKill({ at, isBlackout, restartAfterMs }: ServerKill): Promise<void> {
    const name = at.kind === 'point' ? at.point : 'moment';
    this.#kills.push(name);
    if (isBlackout) for (const agency of this.#agencies) agency.kill();
    await this.#checkLedger(`behind the kill at ${name}`, false);
    if (restartAfterMs > 0) await pause(restartAfterMs);
  }

  #startServer(kill: ServerKill | undefined): Program {
    const { agencies, winnerNumber } = this.#plan.lottery;
    this.#server = this.#stage.run('server/main.js', {
      SERVER_PORT: String(this.#port),
      SERVER_LISTEN_ADDRESS: '127.0.0.1',
      DATA_DIR: this.#lottery.ledgerFolder,
      AGENCIES: String(agencies),
      LOTTERY_WINNER_NUMBER: String(winnerNumber),
      ...(kill?.at.kind === 'point' && {
        NODE_OPTIONS: `--require "${PRELOAD}"`,
        KILL_POINT: kill.at.point,
        KILL_PASSAGE: String(kill.at.passage),
      }),
    });
    return this.#server;
  }

  /** A server that has not come to its point could still come to it: one without any takes its place. */
  async #replaceServer(): Promise<void> {
    await this.#stopServer('SIGKILL');
    await this.#checkLedger('when all was done', true);
    this.#startServer(undefined);
  }

  /** Everybody has finished: all is there, and stays so, and is told again, now and after a restart. */
  async #playEnd(): Promise<void> {
    await this.#askAgain();
    await this.#stopServer(this.#plan.lastSignal);
    await this.#checkLedger('at the end', true);
    this.#startServer(undefined);
    await this.#askAgain();
    await this.#stopServer('SIGTERM');
    await this.#checkLedger('behind the last restart', true);
  }

  async #askAgain(): Promise<void> {
    // The last WIN may have come from a server that was killed right behind it.
    if (this.#server !== undefined) await tcpPortOf(this.#server);
    const { expected } = this.#lottery;
    const asked = [...expected.bets.keys()].map((agency) => askAgain(agency, this.#port, expected));
    for (const findings of await Promise.all(asked)) this.#report(findings);
  }

  async #stopServer(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.#server?.signal(signal);
    const exit = await this.#server?.exit;
    if (exit !== (signal === 'SIGTERM' ? 0 : signal))
      this.#report([`the server ended with ${exit} on ${signal}`]);
  }

  async #checkLedger(when: string, isComplete: boolean): Promise<void> {
    await this.#relay.serverOver();
    const ledger = readLedger(this.#lottery.ledgerFolder, this.#stage.path('copy'));
    this.#report(this.#lottery.check.run(ledger, isComplete).map((finding) => `${when}: ${finding}`));
  }

  async #close(clients: Promise<void>): Promise<void> {
    this.#stop.abort();
    await this.#stage.close();
    await this.#relay.close();
    await clients;
  }
}
