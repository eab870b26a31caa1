/** The layer between a server and the kernel: compiled, loaded, and told what to do. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Program, Stage } from '../../support/programs';

/** The compiled layer, or why there is none. */
export type BuiltLayer = { readonly library: string } | { readonly reason: string };

/**
 * Compiles the layer into a temporary folder and tries it.
 *
 * @returns the reason where there is no compiler or the layer cannot be loaded here
 */
export function buildLayer(): BuiltLayer {
  const folder = mkdtempSync(join(tmpdir(), 'lottery-layer-'));
  const library = join(folder, 'storage_layer.so');
  const words = [
    '-shared',
    '-fPIC',
    '-O1',
    '-o',
    library,
    join(__dirname, 'storage_layer.c'),
    '-ldl',
    '-lpthread',
  ];
  try {
    execFileSync('cc', words, { stdio: 'pipe' });
    execFileSync(process.execPath, ['--version'], {
      env: environmentOf(library, folder, join(folder, 'trial'), join(folder, 'none')),
      stdio: 'pipe',
    });
    return { library };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}

/** Removes what `buildLayer` has made. */
export function removeLayer(layer: BuiltLayer): void {
  if ('library' in layer) rmSync(join(layer.library, '..'), { recursive: true, force: true });
}

function environmentOf(
  library: string,
  folder: string,
  trace: string,
  control: string,
): Record<string, string> {
  return { LD_PRELOAD: library, LAYER_FOLDER: folder, LAYER_TRACE: trace, LAYER_CONTROL: control };
}

/**
 * The calls that can be made to fail. A commit is the sync of a write-ahead log by the thread that has written to it: the
 * thread that moves the log syncs it too, and a failure there is nobody's refusal.
 */
export type FaultyCall = 'write' | 'sync' | 'commit' | 'truncate' | 'open' | 'unlink' | 'read';

/** Calls that are to be met by something else than what they ask for (storage_layer.c says what each action is). */
export interface Fault {
  readonly call: FaultyCall;
  /** What the names of the files end in; all files when left out. */
  readonly suffix?: string;
  readonly action: 'ENOSPC' | 'EIO' | 'SHORT' | 'TORN' | 'SWALLOW' | 'SLOW';
  /** How many of the calls pass before; none when left out. */
  readonly skip?: number;
  /** How many are met; all from then on when left out. */
  readonly count?: number;
}

/** Servers that run over the layer, one after the other, on one folder, with one trace. */
export class LayeredServer {
  readonly traceFile: string;
  /** What stands for the disk: the server's DATA_DIR is a folder in it. */
  readonly disk: string;
  readonly #stage: Stage;
  readonly #control: string;
  readonly #environment: Readonly<Record<string, string>>;
  #rulesMade = 0;
  #port = 0;

  /** @param environment the server's settings */
  constructor(stage: Stage, layer: BuiltLayer, environment: Readonly<Record<string, string>>) {
    if (!('library' in layer)) throw new Error(layer.reason);
    this.#stage = stage;
    const base = realpathSync(stage.folder);
    this.disk = join(base, 'disk');
    this.traceFile = join(base, 'trace');
    this.#control = join(base, 'control');
    mkdirSync(this.disk);
    this.setFaults([]);
    this.#environment = {
      ...environmentOf(layer.library, this.disk, this.traceFile, this.#control),
      DATA_DIR: join(this.disk, 'ledger'),
      ...environment,
    };
  }

  /** The port of all the servers that are started here; 0 before the first. */
  get port(): number {
    return this.#port;
  }

  /** Starts a server, on the port of the one before, and waits until it accepts connections. */
  async start(environment: Readonly<Record<string, string>> = {}): Promise<Program> {
    const { server, port } = await this.#stage.startServer({
      ...this.#environment,
      SERVER_PORT: String(this.#port),
      ...environment,
    });
    this.#port = port;
    return server;
  }

  /** Starts a server that is not expected to get as far as accepting connections. */
  run(environment: Readonly<Record<string, string>> = {}): Program {
    return this.#stage.run('server/main.js', { ...this.#environment, SERVER_PORT: '0', ...environment });
  }

  /** From now on these faults stand, counted anew, and no others. */
  setFaults(faults: readonly Fault[]): void {
    const rules = faults.map(({ call, suffix = '*', action, skip = 0, count = -1 }) => {
      this.#rulesMade++;
      return `${this.#rulesMade} ${call} ${suffix} ${action} ${skip} ${count}\n`;
    });
    writeFileSync(`${this.#control}.new`, rules.join(''));
    renameSync(`${this.#control}.new`, this.#control);
  }
}
