/**
 * The control loses its power at each of its calls that change the disk, and is started again on what that may have left.
 *
 * SEED sets what is left of what was not synced; without it each run tries something else.
 */
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Random } from '../tools/random';
import { keyOfByte } from '../transparency/notes/testing/keys';
import { Books } from './books';
import { CosignedCheckpoints } from './cosigned';
import type { Frame } from './frames';
import { KeptDifference } from './kept_difference';
import { StorageFailed } from './mistakes';
import { Cosigner, readLogKey } from './notes';
import { OwnCopy } from './own_copy';
import { PowerCutDisk } from './testing/power_cut_disk';
import { LOG, lyingAbout, ORIGIN, requestOf, smallLottery } from './testing/small_lottery';
import { Witness } from './witness';

const SEED = Number(process.env['SEED'] ?? randomInt(0xffff_ffff));
const PURPOSE = 305;
/** How often each call is tried: each time something else is left of what was not synced. */
const ROUNDS = 5;
const cosigner = new Cosigner('control.example/test', keyOfByte(0x49));
const frames = smallLottery();
/** The sizes that the server has cosigned, one after the other: within the sale, the seal, the result. */
const SIZES = [2, 3, 8, 9];
const lie = lyingAbout(frames);

let seconds = 1_692_806_300;

/** A control from its start to its end. */
class Life {
  readonly #copy: OwnCopy;
  readonly #cosigned: CosignedCheckpoints;
  readonly witness: Witness;

  constructor(folder: string, given: readonly Frame[]) {
    this.#copy = new OwnCopy(folder);
    this.#cosigned = new CosignedCheckpoints(folder);
    this.witness = new Witness({
      log: readLogKey(LOG.verifierKey)!,
      cosigner,
      books: new Books(ORIGIN, (number) => this.#copy.winnersOn(number)),
      copy: this.#copy,
      cosigned: this.#cosigned,
      kept: new KeptDifference(folder),
      feed: { leaves: (from, limit) => Promise.resolve(given.slice(from, from + limit)) },
      nowSeconds: () => seconds++,
      tell: () => undefined,
    });
    this.witness.readOwnCopy();
  }

  /** Asks as the server does: from the size that was cosigned last. @returns the status and the body */
  async ask(size: number): Promise<readonly [number, string]> {
    const { status, body } = await this.witness.addCheckpoint(requestOf(frames, this.latest, size));
    return [status, body];
  }

  get latest(): number {
    return this.#cosigned.latest?.size ?? 0;
  }

  end(): void {
    this.#copy.close();
    this.#cosigned.close();
  }
}

/** What the control has answered, over all of its lives. */
class Answers {
  readonly lines = new Map<number, string>();
  hasRefused = false;

  /** Asks for the sizes that are left, until the power is cut. */
  async collect(folder: string, given: readonly Frame[]): Promise<void> {
    let life: Life | undefined;
    try {
      life = new Life(folder, given);
      expect(life.latest).toBeGreaterThanOrEqual(Math.max(0, ...this.lines.keys()));
      for (const size of SIZES.filter((each) => each >= life!.latest)) {
        const [status, body] = await life.ask(size);
        // What was said once may be said again.
        if (this.hasRefused && !this.lines.has(size)) expect([size, status]).toEqual([size, 422]);
        if (status === 422) this.hasRefused = true;
        else this.#take(size, status, body);
      }
    } catch (error) {
      if (!(error instanceof StorageFailed && error.message.endsWith('the power was cut'))) throw error;
    } finally {
      life?.end();
    }
  }

  #take(size: number, status: number, line: string): void {
    expect([size, status]).toEqual([size, 200]);
    expect(this.lines.get(size) ?? line).toBe(line);
    this.lines.set(size, line);
  }
}

/** Plays a control whose power is cut at one call, and then at some call of the next life; the third one lives. */
async function play(
  call: number,
  given: readonly Frame[],
  round: number,
): Promise<{ readonly answers: Answers; readonly wasCut: boolean }> {
  const random = new Random(SEED, PURPOSE, call * ROUNDS + round);
  const folder = mkdtempSync(join(tmpdir(), 'control-'));
  const disk = new PowerCutDisk(folder, random);
  try {
    const answers = new Answers();
    disk.cutAt(call);
    await answers.collect(folder, given);
    const wasCut = disk.isCut;
    disk.powerUp();
    disk.cutAt(1 + random.below(10));
    await answers.collect(folder, given);
    disk.powerUp();
    await answers.collect(folder, frames);
    return { answers, wasCut };
  } finally {
    disk.restore();
    rmSync(folder, { recursive: true });
  }
}

/** Plays it some times for each call that there is. @returns how many there are, and what was answered each time */
async function playEach(
  given: readonly Frame[],
): Promise<{ readonly calls: number; readonly all: readonly Answers[] }> {
  const all: Answers[] = [];
  for (let call = 1; ; call++) {
    let isLast = false;
    for (let round = 0; round < ROUNDS; round++) {
      const { answers, wasCut } = await play(call, given, round);
      all.push(answers);
      isLast = !wasCut;
    }
    if (isLast) return { calls: call - 1, all };
  }
}

test(`what it has cosigned it says again, and goes on to the result, wherever it was cut (seed ${SEED})`, async () => {
  const { calls, all } = await playEach(frames);
  expect(calls).toBeGreaterThan(15);
  for (const { lines, hasRefused } of all) {
    expect(hasRefused).toBe(false);
    expect(lines.has(SIZES.at(-1)!)).toBe(true);
  }
});

test(`once it has refused for a difference it cosigns nothing more, wherever it was cut (seed ${SEED})`, async () => {
  const { calls, all } = await playEach(lie);
  expect(calls).toBeGreaterThan(8);
  expect(all.at(-1)?.hasRefused).toBe(true);
  for (const { lines, hasRefused } of all) if (hasRefused) expect(Math.max(...lines.keys())).toBe(2);
});
