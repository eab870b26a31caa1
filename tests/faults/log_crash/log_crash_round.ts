/** One lottery whose server is killed at every point of its log, and what has become of all that it signed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Random } from '../../../tools/random';
import { freePort } from '../../support/free_port';
import { LogKey, makeLogKey } from '../../support/log_key';
import { Program, Stage, tcpPortOf } from '../../support/programs';
import { Collector } from './collector';
import { checkpointIn, compareCheckpoints, runVerifier } from './log_check';
import { LogKill, LogKills } from './log_points';
import { SellingAgency } from './selling_agency';

/** What a round has shown. */
export interface LogCrashResult {
  readonly findings: readonly string[];
  /** The points at which the server was killed, in their order. */
  readonly kills: readonly string[];
  readonly batches: number;
  readonly receipts: number;
  /** Checkpoints that were signed, each once. */
  readonly checkpoints: number;
}

const AGENCIES = 3;
const WINNER_NUMBER = 7574;
const COLLECTOR_PURPOSE = 303;
const KILL_POINTS = join(__dirname, '..', 'crash', 'kill_points.cjs');
const KEPT_NOTES = join(__dirname, 'kept_notes.cjs');
/** All checks hold; no outside clock says when. */
const EXIT_TRUE_SO_FAR = 3;

/** Plays a lottery to its end. */
export async function playLogCrash(kills: LogKills, seed: number, stage: Stage): Promise<LogCrashResult> {
  const [port, httpPort] = [await freePort(), await freePort()];
  return new LogCrashRound({ kills, seed, stage, port, httpPort }).play();
}

interface RoundSettings {
  readonly kills: LogKills;
  readonly seed: number;
  readonly stage: Stage;
  readonly port: number;
  readonly httpPort: number;
}

class LogCrashRound {
  readonly #settings: RoundSettings;
  readonly #key: LogKey;
  readonly #stop = new AbortController();
  readonly #agencies: readonly SellingAgency[];
  readonly #collector: Collector;
  readonly #kills: string[] = [];

  constructor(settings: RoundSettings) {
    const { seed, stage, port, httpPort } = settings;
    this.#settings = settings;
    this.#key = makeLogKey(stage.path(`key-${seed}`));
    const stop = this.#stop.signal;
    this.#agencies = Array.from(
      { length: AGENCIES },
      (_, index) => new SellingAgency({ agency: index + 1, port, seed, winnerNumber: WINNER_NUMBER, stop }),
    );
    const random = new Random(seed, COLLECTOR_PURPOSE);
    const acknowledged = () => this.#agencies.map((agency) => agency.acknowledged);
    this.#collector = new Collector({ port, httpPort, random, acknowledged, stop });
  }

  async play(): Promise<LogCrashResult> {
    const failure = new Promise<never>((_, reject) => {
      this.#stop.signal.addEventListener('abort', () => reject(this.#stop.signal.reason as Error));
    });
    failure.catch(() => undefined);
    const wins = Promise.all(this.#agencies.map((agency) => this.#guard(agency.run())));
    const collecting = this.#guard(this.#collector.run());
    try {
      const told = await Promise.race([this.#playLives(wins), failure]);
      this.#stop.abort(new Error('the round is over'));
      await collecting;
      return this.#result(told);
    } finally {
      this.#stop.abort(new Error('the round is over'));
      await Promise.allSettled([wins, collecting]);
    }
  }

  /** The first failure ends the round. */
  async #guard<Result>(work: Promise<Result>): Promise<Result> {
    try {
      return await work;
    } catch (error) {
      this.#stop.abort(error);
      throw error;
    }
  }

  /** @returns what the agencies were told */
  async #playLives(wins: Promise<string[]>): Promise<string[]> {
    const { sale, seal, result } = this.#settings.kills;
    for (const kill of sale) await this.#liveUntilKilled(kill, true);
    for (const agency of this.#agencies) agency.finish();
    for (const kill of [...seal, ...result]) await this.#liveUntilKilled(kill, false);
    const server = this.#start(undefined, true);
    await tcpPortOf(server);
    const told = await wins;
    await this.#collector.askForFinishes();
    server.signal('SIGTERM');
    const exit = await server.exit;
    if (exit !== 0) throw new Error(`the server ended with ${exit}: ${server.errors.trim()}`);
    return told;
  }

  async #liveUntilKilled(kill: LogKill, hasHttp: boolean): Promise<void> {
    const server = this.#start(kill, hasHttp);
    const exit = await server.exit;
    if (exit !== 'SIGKILL') {
      throw new Error(`before ${kill.point} the server ended with ${exit}: ${server.errors.trim()}`);
    }
    this.#kills.push(kill.point);
  }

  /** @param hasHttp a server without is there sooner */
  #start(kill: LogKill | undefined, hasHttp: boolean): Program {
    const { port, httpPort, stage } = this.#settings;
    const preload = kill === undefined ? '' : ` --require "${KILL_POINTS}"`;
    return stage.run('server/main.js', {
      SERVER_PORT: String(port),
      SERVER_LISTEN_ADDRESS: '127.0.0.1',
      HTTP_PORT: hasHttp ? String(httpPort) : '',
      DATA_DIR: this.#ledger,
      AGENCIES: String(AGENCIES),
      LOTTERY_WINNER_NUMBER: String(WINNER_NUMBER),
      NODE_OPTIONS: `--require "${KEPT_NOTES}"${preload}`,
      KEPT_NOTES: this.#notesFile,
      ...this.#key.environment,
      ...(kill !== undefined && { KILL_POINT: kill.point, KILL_PASSAGE: String(kill.passage) }),
    });
  }

  #result(told: readonly string[]): LogCrashResult {
    const { stage, seed } = this.#settings;
    const bundle = join(this.#ledger, 'log');
    const { receipts, checkpoints } = this.#collector;
    const signed = readFileSync(this.#notesFile, 'utf8').trimEnd().split('\n');
    const notes = new Set([
      ...signed.map((line) => Buffer.from(line, 'base64').toString()),
      ...checkpoints,
      ...receipts.map(({ text }) => checkpointIn(text)),
    ]);
    const findings = compareCheckpoints(bundle, this.#key.verifierKey, notes);
    for (const [index, { rows, winners }] of this.#agencies.entries()) {
      const agency = index + 1;
      if (told[index] !== winners) findings.push(`agency ${agency} was told other winners`);
      const own = { agency, rows, winners, receipts: receipts.filter((one) => one.agency === agency) };
      const { exit, output } = runVerifier(bundle, this.#key, own, stage.path(`own-${seed}-${agency}`));
      if (exit !== EXIT_TRUE_SO_FAR)
        findings.push(`agency ${agency}: the verifier ends with ${exit}: ${output}`);
    }
    const batches = this.#agencies.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
    return { findings, kills: this.#kills, batches, receipts: receipts.length, checkpoints: notes.size };
  }

  get #ledger(): string {
    return this.#settings.stage.path(`ledger-${this.#settings.seed}`);
  }

  get #notesFile(): string {
    return this.#settings.stage.path(`notes-${this.#settings.seed}`);
  }
}
