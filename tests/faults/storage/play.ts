/** Plays a scene with real programs over the layer, and takes what it leaves. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Program, Stage } from '../../support/programs';
import { BuiltLayer, LayeredServer } from './layer';
import { Random } from '../../../tools/random';
import { Scene, SceneSize } from './scene';
import { readTrace, TraceRecord } from './trace';

/** What the lottery is like, and how the agencies send. */
export interface PlayPlan extends SceneSize {
  readonly window: number;
}

/** A scene on its stage. */
export class Play {
  readonly scene: Scene;
  readonly server: LayeredServer;
  readonly stage: Stage;
  readonly #window: number;

  constructor(stage: Stage, layer: BuiltLayer, plan: PlayPlan, random: Random) {
    this.scene = new Scene(plan, random);
    this.stage = stage;
    this.#window = plan.window;
    this.server = new LayeredServer(stage, layer, {
      AGENCIES: String(plan.agencies),
      LOTTERY_WINNER_NUMBER: String(this.scene.terms.winnerNumber),
      LOGGING_LEVEL: 'DEBUG',
    });
    for (const agency of this.scene.agencies) this.scene.writeFile(agency, this.#file(agency));
  }

  /** Starts agencies, all if left out; the server must have been started once, so that the port is known. */
  startAgencies(agencies: readonly number[] = this.scene.agencies): Program[] {
    return agencies.map((agency) =>
      this.stage.startAgency(agency, this.server.port, {
        CLI_DATA_FILE: this.#file(agency),
        CLI_BATCH_MAXAMOUNT: String(this.scene.size.betsInBatch),
        CLI_BATCH_WINDOW: String(this.#window),
      }),
    );
  }

  /** Waits until all agencies have left with the winners that they must have. */
  async expectWinners(agencies: readonly Program[]): Promise<void> {
    for (const [index, program] of agencies.entries()) {
      expect(`${await program.exit} ${program.errors}`).toBe('0 ');
      const told = readFileSync(this.stage.path(`winners-${index + 1}.txt`), 'utf8').trim();
      expect(told.split('\n').join(',')).toBe(this.scene.winnersOf(index + 1));
    }
  }

  /** The whole trace, once no server runs any more. */
  trace(): TraceRecord[] {
    return readTrace(this.server.traceFile);
  }

  /** The files that the servers have left, those that the layer does not watch left out. */
  files(): Map<string, Buffer> {
    const names = readdirSync(join(this.server.disk, 'ledger')).filter((name) => !name.endsWith('-shm'));
    return new Map(
      names.map((name) => [`ledger/${name}`, readFileSync(join(this.server.disk, 'ledger', name))]),
    );
  }

  #file(agency: number): string {
    return this.stage.path(`agency-${agency}.csv`);
  }
}
