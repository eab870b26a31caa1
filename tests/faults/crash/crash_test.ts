/** Rounds of the crash test, one after another, and what they have shown together. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { writeAgencyFiles } from '../../../tools/data/agency_files';
import { Witness } from '../proxy/witness';
import { ExpectedLottery, LedgerCheck } from './ledger_check';
import { LotteryPlan, planRound, RoundPlan } from './plan';
import { LotteryStage, playRound, RoundResult } from './round';

/** What is asked for. */
export interface CrashTestPlan {
  readonly rounds: number;
  /** 0 to 4,294,967,295: the same seed makes the same plan. */
  readonly seed: number;
}

/** Something wrong, and in which round. */
export interface Finding {
  readonly round: number;
  readonly text: string;
  /** Where the ledger and the agencies' files are kept. */
  readonly folder: string;
}

/** What all rounds have shown. */
export interface CrashSummary {
  readonly rounds: number;
  /** How often the server was killed at each point. */
  readonly kills: ReadonlyMap<string, number>;
  readonly unreachedKills: number;
  readonly agencyKills: number;
  /** Batches that were acknowledged, each once. */
  readonly acknowledgedBatches: number;
  /** How often an acknowledged batch was looked up in a ledger. */
  readonly checkedBatches: number;
  readonly wins: number;
  readonly findings: readonly Finding[];
}

/** A lottery whose folder is kept as long as rounds go on with it. */
interface KeptLottery extends LotteryStage {
  readonly plan: LotteryPlan;
  readonly folder: string;
}

/**
 * Plays all rounds.
 *
 * @param onRound told of each round when it is over
 */
export async function runCrashTest(
  { rounds, seed }: CrashTestPlan,
  onRound: (plan: RoundPlan, result: RoundResult) => void,
): Promise<CrashSummary> {
  const results: RoundResult[] = [];
  const findings: Finding[] = [];
  let lottery: KeptLottery | undefined;
  let acknowledgedBatches = 0;
  for (let round = 1; round <= rounds; round++) {
    const plan = planRound(seed, round, lottery?.plan);
    if (!plan.inherits || lottery === undefined) {
      acknowledgedBatches += lottery?.witness.acknowledged.size ?? 0;
      closeLottery(lottery);
      lottery = await openLottery(plan.lottery);
    }
    const result = await playRound(plan, lottery);
    onRound(plan, result);
    results.push(result);
    const { folder } = lottery;
    findings.push(...result.findings.map((text) => ({ round, text, folder })));
    // What was found is kept to be looked at, and nothing is played on top of it.
    if (result.findings.length > 0) lottery = undefined;
  }
  acknowledgedBatches += lottery?.witness.acknowledged.size ?? 0;
  closeLottery(lottery);
  return { ...sumUp(results), acknowledgedBatches, findings };
}

function sumUp(results: readonly RoundResult[]): Omit<CrashSummary, 'acknowledgedBatches' | 'findings'> {
  const kills = new Map<string, number>();
  for (const point of results.flatMap((result) => result.kills))
    kills.set(point, (kills.get(point) ?? 0) + 1);
  const sum = (of: (result: RoundResult) => number): number =>
    results.reduce((all, result) => all + of(result), 0);
  return {
    rounds: results.length,
    kills,
    unreachedKills: sum(({ unreachedKills }) => unreachedKills),
    agencyKills: sum(({ agencyKills }) => agencyKills),
    checkedBatches: sum(({ checkedBatches }) => checkedBatches),
    wins: sum(({ wins }) => wins),
  };
}

async function openLottery(plan: LotteryPlan): Promise<KeptLottery> {
  const folder = mkdtempSync(join(tmpdir(), 'lottery-crash-'));
  const { agencies, bets, dataSeed: seed, winnerNumber } = plan;
  const out = join(folder, 'data');
  const made = await writeAgencyFiles(
    { agencies, bets, seed, out, winnerNumber },
    new AbortController().signal,
  );
  const files = new Map(made.map(({ name }, index) => [index + 1, join(out, name)]));
  const expected = new ExpectedLottery(files, winnerNumber);
  const witness = new Witness();
  const check = new LedgerCheck(expected, witness);
  return { plan, folder, ledgerFolder: join(folder, 'ledger'), files, expected, witness, check };
}

function closeLottery(lottery: KeptLottery | undefined): void {
  if (lottery !== undefined) rmSync(lottery.folder, { recursive: true, force: true });
}

/** The summary as a table for people. */
export function describeSummary(summary: CrashSummary): string {
  const kills = [...summary.kills].sort(([one], [other]) => one.localeCompare(other));
  const total = kills.reduce((sum, [, count]) => sum + count, 0);
  return [
    `rounds: ${summary.rounds}`,
    `kills of the server: ${total} (and ${summary.unreachedKills} whose point was not reached)`,
    ...kills.map(([point, count]) => `  ${point.padEnd(24)} ${String(count).padStart(5)}`),
    `kills of agencies: ${summary.agencyKills}`,
    `acknowledged batches: ${summary.acknowledgedBatches}, looked up ${summary.checkedBatches} times`,
    `WINs compared: ${summary.wins}`,
    `findings: ${summary.findings.length}`,
    ...summary.findings.map(({ round, text, folder }) => `  round ${round}: ${text} (kept in ${folder})`),
    '',
  ].join('\n');
}
