import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

import { Program, Stage } from '../../support/programs';
import { Relay } from '../proxy/relay';
import { batchKey, ConnectionWitness, Witness } from '../proxy/witness';
import { AgencyLife } from './plan';

/** What an agency is played with. */
export interface AgencyStage {
  readonly stage: Stage;
  readonly relay: Relay<ConnectionWitness>;
  readonly witness: Witness;
  /** Its bets. */
  readonly file: string;
  /** Resolves when the server that runs now is gone: what is held back for a successor is let go. */
  readonly serverGone: () => Promise<unknown>;
  /** No further life begins. */
  readonly signal: AbortSignal;
}

/** How long the relay is given to collect bytes of an agency that is about to be killed. */
const COLLECTING_MS = 15;

/** An agency's program that is killed and started again as planned, up to a life that ends by itself. */
export class KeptAgency {
  readonly #agency: number;
  readonly #lives: readonly AgencyLife[];
  readonly #around: AgencyStage;
  #program: Program | undefined;
  #kills = 0;
  #isKilled = false;
  #isOver = false;

  constructor(agency: number, lives: readonly AgencyLife[], around: AgencyStage) {
    this.#agency = agency;
    this.#lives = lives;
    this.#around = around;
  }

  get kills(): number {
    return this.#kills;
  }

  /**
   * Plays all lives.
   *
   * @returns what is wrong, in words
   */
  async run(): Promise<string[]> {
    const findings = await this.#playLives();
    this.#isOver = true;
    return findings;
  }

  async #playLives(): Promise<string[]> {
    const findings: string[] = [];
    const last = this.#lives.length - 1;
    for (let life = 0; ;) {
      const plan = this.#lives[Math.min(life, last)]!;
      const exit = await this.#live(plan, life < last);
      findings.push(...this.#compareLog());
      if (this.#around.signal.aborted) return [];
      if (exit === 0) return [...findings, ...this.#compareWinners()];
      if (!this.#isKilled) {
        return [
          ...findings,
          `agency ${this.#agency} ended with ${exit}: ${this.#program?.errors.trim() ?? ''}`,
        ];
      }
      // A blackout takes no planned life away: each of them is played.
      if (life < last) life++;
    }
  }

  /** Kills the program, if it has not done its work; the next life follows. */
  kill(): void {
    if (this.#isOver) return;
    this.#isKilled = true;
    this.#kills++;
    this.#program?.signal('SIGKILL');
  }

  async #live(life: AgencyLife, mayBeKilled: boolean): Promise<number | string> {
    const { stage, relay, file } = this.#around;
    this.#isKilled = false;
    const program = stage.startAgency(this.#agency, relay.port, {
      CLI_BATCH_MAXAMOUNT: String(life.batchAmount),
      CLI_BATCH_WINDOW: String(life.window),
      CLI_LOG_LEVEL: 'DEBUG',
      CLI_DATA_FILE: file,
    });
    this.#program = program;
    const over = new AbortController();
    const killing = mayBeKilled ? this.#killAfterAcks(life, over.signal) : undefined;
    const exit = await program.exit;
    over.abort();
    await killing;
    return exit;
  }

  async #killAfterAcks({ killedAfterAcks = 0, leftovers }: AgencyLife, signal: AbortSignal): Promise<void> {
    const { witness } = this.#around;
    try {
      for (let acks = 0; acks <= killedAfterAcks;) {
        // Its HAS counts as well, so that it can be killed before its first batch is stored.
        const [agency] = (await once(witness.events, acks === 0 ? 'has' : 'ack', { signal })) as [number];
        if (agency === this.#agency) acks++;
      }
      if (leftovers !== 'pass') await this.#holdLeftovers(leftovers === 'after-has' ? 'has' : 'bet', signal);
    } catch {
      // The agency has ended before.
      return;
    }
    this.kill();
  }

  /** Keeps what it sends back in the relay, until its successor is heard. */
  async #holdLeftovers(event: 'has' | 'bet', signal: AbortSignal): Promise<void> {
    const { relay, serverGone } = this.#around;
    const own = relay.connections.filter(
      ({ watcher, isServerOver }) => watcher.agency === this.#agency && !isServerOver,
    );
    const isCollected = pause(COLLECTING_MS, undefined, { signal });
    const until = Promise.race([isCollected.then(() => this.#heardOfSuccessor(event)), serverGone()]).catch(
      () => undefined,
    );
    for (const connection of own) connection.hold(until);
    await isCollected;
  }

  async #heardOfSuccessor(event: 'has' | 'bet'): Promise<void> {
    for (;;) {
      const [agency] = (await once(this.#around.witness.events, event)) as [number];
      if (agency === this.#agency) return;
    }
  }

  /** What it says was confirmed to it was confirmed by the server. */
  #compareLog(): string[] {
    const { acknowledged } = this.#around.witness;
    const output = this.#program?.output ?? '';
    return [...output.matchAll(/action: receive_confirmation \| result: success \| batch: (\d+) /g)]
      .map(([, batchId]) => batchKey(this.#agency, Number(batchId)))
      .filter((key) => !acknowledged.has(key))
      .map((key) => `the agency says that batch ${key} was confirmed, and the server has not said so`);
  }

  #compareWinners(): string[] {
    const told = readFileSync(this.#around.stage.path(`winners-${this.#agency}.txt`), 'utf8').trimEnd();
    const win = this.#around.witness.wins.get(this.#agency);
    return told.replaceAll('\n', ',') === win ? [] : [`agency ${this.#agency} has written other winners`];
  }
}
