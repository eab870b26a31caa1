/** What receipts cost: the server with them and without, under full load, at an everyday load, and at the seal. */
import { spreadOf } from '../figures';
import { everydayText, receiptsText, sealText } from '../report/receipts_text';
import { BatchShare, sharesOf, sumUp, ThroughputFigures } from '../report/throughput_table';
import { measureThroughput, runText, takeTurns, ThroughputPlan } from '../throughput';
import { EverydayFigures, EverydayPlan, EverydayRun, measureEveryday } from './everyday';
import { ASKED, OFF, ON, RECEIPT_CONTESTANTS } from './receipts_contestants';
import { measureSealLag, SealLagFigures, SealLagPlan, SealLagRun } from './seal_lag';

/** What is measured with receipts and without. */
export interface ReceiptsPlan {
  readonly rounds: number;
  readonly taking: Omit<ThroughputPlan, 'contestants'>;
  readonly everyday: EverydayPlan;
  readonly seal: SealLagPlan;
}

/** Everything that was measured. */
export interface ReceiptsFigures {
  readonly throughput: readonly ThroughputFigures[];
  readonly shares: readonly (BatchShare & { readonly contestant: string })[];
  readonly everyday: readonly EverydayFigures[];
  readonly seal: readonly SealLagFigures[];
}

const EVERYDAY_BETS_PER_SECOND = 100_000;
const NAMES = [OFF, ON, ASKED];

/** The whole of it, or what can be measured within a minute. */
export function receiptsPlan({
  isQuick,
  rounds,
  folder,
}: {
  readonly isQuick: boolean;
  readonly rounds: number;
  readonly folder: string;
}): ReceiptsPlan {
  const durations = isQuick ? { warmUpMs: 500, measureMs: 1_000 } : { warmUpMs: 1_000, measureMs: 2_000 };
  return {
    rounds,
    taking: { rounds, folder, ...durations, betCounts: [70, 200, 2_000], window: 8 },
    everyday: {
      folder,
      betsPerSecond: EVERYDAY_BETS_PER_SECOND,
      betCount: 200,
      warmUpMs: 1_000,
      measureMs: isQuick ? 3_000 : 10_000,
    },
    seal: { folder, bets: isQuick ? 1_000_000 : 10_000_000, betCount: 200, window: 8 },
  };
}

/**
 * Measures all of it by turns.
 *
 * @param listener `say` takes the texts for people, `report` a line on each run
 * @throws OperationError when the server refuses or closes a connection
 */
export async function measureReceipts(
  { rounds, taking, everyday, seal }: ReceiptsPlan,
  { say, report }: Record<'say' | 'report', (text: string) => void>,
): Promise<ReceiptsFigures> {
  const contestants = RECEIPT_CONTESTANTS;
  const runs = await measureThroughput({ ...taking, contestants }, (run) => report(runText(run)));
  const throughput = sumUp(runs, OFF);
  const shares = [ON, ASKED].flatMap((contestant) =>
    sharesOf(runs, contestant, OFF).map((share) => ({ contestant, ...share })),
  );
  say(receiptsText(throughput));
  // Who sells asks by itself here.
  const sellers = contestants.map((contestant) =>
    contestant.name === ASKED ? { ...contestants[1]!, name: ASKED } : contestant,
  );
  const paced = await takeTurns(
    { contestants: sellers, cases: [everyday], rounds },
    (contestant, plan) => measureEveryday(plan, contestant, contestant.name === ASKED),
    ({ contestant, betsPerSecond }) => report(`${contestant}: ${betsPerSecond.toFixed(0)} bets/s`),
  );
  const pacedFigures = NAMES.map((name) => sumUpEveryday(paced, name));
  say(everydayText(pacedFigures, EVERYDAY_BETS_PER_SECOND));
  const ends = await takeTurns(
    { contestants: contestants.slice(0, 2), cases: [seal], rounds },
    (contestant, plan) => measureSealLag(plan, contestant),
    ({ contestant, winMs }) => report(`${contestant}: WIN after ${winMs.toFixed(0)} ms`),
  );
  const sealFigures = [OFF, ON].map((name) => sumUpSeal(ends, name));
  say(sealText(sealFigures));
  return { throughput, shares, everyday: pacedFigures, seal: sealFigures };
}

function sumUpEveryday(all: readonly EverydayRun[], contestant: string): EverydayFigures {
  const runs = all.filter((run) => run.contestant === contestant);
  const yards = all.filter((run) => run.contestant === OFF);
  const median = (of: (run: EverydayRun) => number): number => spreadOf(runs.map(of)).median;
  return {
    contestant,
    betsPerSecond: median((run) => run.betsPerSecond),
    ackP50Ms: median((run) => run.ackP50Ms),
    ackP99Ms: median((run) => run.ackP99Ms),
    serverCpuSeconds: median((run) => run.serverCpuSeconds),
    receiptP50Ms: median((run) => run.receiptP50Ms),
    receiptP99Ms: median((run) => run.receiptP99Ms),
    shareOfOff: spreadOf(runs.map((run, round) => run.betsPerSecond / yards[round]!.betsPerSecond)).median,
  };
}

function sumUpSeal(all: readonly SealLagRun[], contestant: string): SealLagFigures {
  const runs = all.filter((run) => run.contestant === contestant);
  return { contestant, bets: runs[0]!.bets, winMs: spreadOf(runs.map(({ winMs }) => winMs)) };
}
