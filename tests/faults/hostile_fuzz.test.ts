/**
 * Damaged conversations, many at once, beside an agency that does everything right.
 *
 * FUZZ_SECONDS sets for how long, SEED which; without it each run plays other ones.
 */
import { randomInt } from 'node:crypto';

import { Random } from '../../tools/random';
import { Stage } from '../support/programs';
import { fuzzedBytes } from './hostile/fuzz_bytes';
import { converse } from './hostile/fuzz_conversation';
import { GoodAgency } from './hostile/good_agency';
import { countBets, storedBatches } from './hostile/ledger_view';
import { describeOnLinux, WatchedServer } from './hostile/watched_server';

const seconds = Number(process.env['FUZZ_SECONDS'] ?? 10);
const seed = Number(process.env['SEED'] ?? randomInt(0xffff_ffff));
const CONNECTIONS = 8;
const BYTES_PURPOSE = 201;
const SENDING_PURPOSE = 202;
const MAX_FINDINGS = 5;
const MAX_MIB = 300;
const AGENCIES = 60_000;
/** No damage makes five right digits of another agency's one to three. */
const GOOD_AGENCY = 54_321;
/** It is to be served, not to keep the fuzzing from its share of the machine. */
const GOOD_PAUSE_MS = 5;
/** Longer than a busy machine holds this process up, which is the good agency as well: it may not fall silent itself. */
const IDLE_TIMEOUT_MS = 15_000;

const stage = new Stage();
afterAll(() => stage.close());

/** What all conversations together have shown. */
class Fuzzing {
  readonly findings: string[] = [];
  readonly acknowledged = new Map<string, string>();
  readonly unanswered = new Map<string, Set<string>>();
  conversations = 0;
  replies = 0;

  constructor(readonly port: number) {}

  /** Plays one conversation after the other until the time is over. */
  async play(untilMs: number): Promise<void> {
    while (performance.now() < untilMs && this.findings.length < MAX_FINDINGS) {
      const number = this.conversations++;
      const bytes = fuzzedBytes(new Random(seed, BYTES_PURPOSE, number));
      const random = new Random(seed, SENDING_PURPOSE, number);
      const { findings, acknowledged, unanswered, replies } = await converse(
        this.port,
        bytes,
        AGENCIES,
        random,
      );
      this.replies += replies;
      for (const finding of findings)
        this.findings.push(`conversation ${number} of seed ${seed}: ${finding}`);
      for (const [key, text] of acknowledged) this.#acknowledge(key, text, number);
      for (const { key, text } of unanswered)
        this.unanswered.set(key, (this.unanswered.get(key) ?? new Set()).add(text));
    }
  }

  /** What is wrong with a ledger; the good agency's batches are left out. */
  compare(stored: ReadonlyMap<string, string>): string[] {
    const lost = [...this.acknowledged].filter(([key, text]) => stored.get(key) !== text);
    const unsent = [...stored].filter(
      ([key, text]) => this.acknowledged.get(key) !== text && this.unanswered.get(key)?.has(text) !== true,
    );
    return [
      ...lost.map(([key]) => `acknowledged, but not stored as it was sent: ${key}`),
      ...unsent.map(([key]) => `stored, but never validly sent: ${key}`),
    ];
  }

  #acknowledge(key: string, text: string, number: number): void {
    const before = this.acknowledged.get(key);
    if (before !== undefined && before !== text)
      this.findings.push(
        `conversation ${number} of seed ${seed}: ${key} was acknowledged with other bytes before`,
      );
    this.acknowledged.set(key, text);
  }
}

describeOnLinux('a fuzzed server', () => {
  test(
    `answers by the rules and stores what it acknowledged, for ${seconds} s with seed ${seed}`,
    async () => {
      const folder = stage.path('ledger');
      const server = await WatchedServer.start({
        folder,
        environment: { AGENCIES: String(AGENCIES), IDLE_TIMEOUT_MS: String(IDLE_TIMEOUT_MS) },
      });
      try {
        const agency = await GoodAgency.open(server.port, GOOD_AGENCY, GOOD_PAUSE_MS);
        const fuzzing = new Fuzzing(server.port);
        const untilMs = performance.now() + seconds * 1_000;
        await agency.sendWhile(() =>
          Promise.all(Array.from({ length: CONNECTIONS }, () => fuzzing.play(untilMs))),
        );
        const good = agency.acknowledgedBets;
        process.stdout.write(
          `seed ${seed}: ${fuzzing.conversations} conversations, ${fuzzing.replies} replies, ` +
            `${fuzzing.acknowledged.size} batches acknowledged, ${good} bets of the good agency; ` +
            `${server.peakMiB.toFixed(0)} MiB at the most, ${server.lineCount} lines logged\n`,
        );
        expect(fuzzing.findings).toEqual([]);
        expect(fuzzing.acknowledged.size).toBeGreaterThan(0);
        expect(server.peakMiB).toBeLessThan(MAX_MIB);
        agency.close();
        expect((await server.stop()).exit).toBe(0);

        const stored = storedBatches(folder);
        for (const [key, text] of agency.acknowledgedBatches) {
          expect(stored.get(key)).toBe(text);
          stored.delete(key);
        }
        expect(fuzzing.compare(stored)).toEqual([]);
        const others = [...stored.values()].reduce((sum, text) => sum + text.split(';').length, 0);
        expect(countBets(folder)).toBe(good + others);
      } finally {
        await server.kill();
      }
    },
    seconds * 1_000 + 90_000,
  );
});
