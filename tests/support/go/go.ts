/** Go, and its implementation of notes and transparency logs, to check ours against. */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { findProgram } from '../../../bench/peers/find_program';
import { describeWithProgram } from '../skipping';

/** Where Debian puts the sources of Go packages; `.ci/run` looks there too. */
const SOURCES = process.env['GO_SOURCES'] ?? '/usr/share/gocode';
const PROGRAM = join(__dirname, 'cross_check.go');
const CHECKS_TIMEOUT_MS = 60_000;
/** The standard library is compiled as well. */
export const COMPILING_TIMEOUT_MS = 600_000;

/** The file of Go; `undefined` where it or the package with the logs is not on this machine. */
export function findGo(): string | undefined {
  if (!existsSync(join(SOURCES, 'src', 'golang.org', 'x', 'mod', 'sumdb'))) return undefined;
  try {
    return findProgram('go');
  } catch {
    return undefined;
  }
}

/**
 * Declares tests that need Go. Where there is none they are skipped, by a name that says so; with `REQUIRE_GO=1` in the
 * environment they fail there.
 */
export function describeWithGo(name: string, tests: () => void): void {
  const program = {
    isThere: findGo() !== undefined,
    name: 'Go with golang.org/x/mod',
    package: 'golang-go golang-golang-x-mod-dev',
    requiredBy: 'REQUIRE_GO',
    soughtFor: `go in PATH with golang.org/x/mod in ${SOURCES}`,
  };
  describeWithProgram(program, name, tests);
}

/** What Go found: a refusal in its words, which is empty where there is none, and what was asked for. */
export interface GoOutcome {
  readonly refusal: string;
  readonly text?: string;
  readonly key?: string;
  readonly size?: number;
  readonly root?: string;
  readonly proof?: readonly string[];
}

/** `cross_check.go`, compiled in a folder of its own. */
export class GoCrossCheck {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Compiles it, which takes up to a few minutes. @throws Error where there is no Go, or it does not compile */
  static async compile(): Promise<GoCrossCheck> {
    const go = findGo();
    if (go === undefined) throw new Error('there is no Go on this machine');
    const folder = mkdtempSync(join(tmpdir(), 'lottery-go-'));
    const env = {
      PATH: process.env['PATH'],
      HOME: folder,
      GOCACHE: join(folder, 'cache'),
      GOPATH: SOURCES,
      GO111MODULE: 'off',
      GOFLAGS: '',
      CGO_ENABLED: '0',
    };
    try {
      await promisify(execFile)(go, ['build', '-o', join(folder, 'cross_check'), PROGRAM], {
        env,
        timeout: COMPILING_TIMEOUT_MS,
      });
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
    return new GoCrossCheck(folder);
  }

  /** Carries out checks; bytes in them are in base64. */
  run(checks: readonly object[]): GoOutcome[] {
    const output = execFileSync(join(this.#folder, 'cross_check'), {
      input: JSON.stringify(checks),
      encoding: 'utf8',
      timeout: CHECKS_TIMEOUT_MS,
      maxBuffer: 64 * 1_048_576,
    });
    return JSON.parse(output) as GoOutcome[];
  }

  /** Removes the folder. */
  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
