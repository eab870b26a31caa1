import { FakeClock } from '../../../program/testing/fake_clock';
import { RecordedLog } from '../../../program/testing/recorded_log';
import type { Ledger, LedgerState } from '../../ledger/ledger';
import { MemoryLedger } from '../../ledger/memory_ledger';
import { HeldLedger } from '../../ledger/testing/held_ledger';
import { Telemetry } from '../../telemetry/telemetry';
import { Lottery } from '../lottery';
import { LotteryContext } from '../lottery_context';

/** The lottery under test. */
export const TERMS = { agencies: 3, winnerNumber: 7_574 };
/** How long a draw waits that the ledger could not take. */
export const RETRY_MS = 1_000;
/** Three bets, of which two win. */
export const WINNING = [
  { document: '21689196', number: TERMS.winnerNumber },
  {},
  { document: '7', number: TERMS.winnerNumber },
];
/** The agencies. */
export const ids = Array.from({ length: TERMS.agencies }, (_, index) => index + 1);

/** What is around a lottery in one test: its clock, its log, and what it has been told that it broke. */
export class LotteryRig {
  readonly clock = new FakeClock();
  readonly log = new RecordedLog();
  readonly broken: Error[] = [];

  /** A lottery over a ledger in memory. */
  openLottery(): { lottery: Lottery; ledger: MemoryLedger } {
    const ledger = new MemoryLedger(TERMS);
    return { ledger, lottery: this.openOver(ledger) };
  }

  /** A lottery over a ledger that answers when it is told to. */
  openHeld(openedWith: Partial<LedgerState> = {}): { lottery: Lottery; ledger: HeldLedger } {
    const ledger = new HeldLedger(TERMS, openedWith);
    return { ledger, lottery: this.openOver(ledger) };
  }

  /** A lottery over any ledger. */
  openOver(ledger: Ledger, more: Partial<LotteryContext> = {}): Lottery {
    const { clock, log, broken } = this;
    const observer = new Telemetry(TERMS, ledger.openedWith);
    const onBroken = (error: Error): void => void broken.push(error);
    return new Lottery(ledger, TERMS, { clock, log, observer, onBroken, ...more });
  }
}

/** What an agency has won, once it is drawn. */
export async function winners(lottery: Lottery, agency: number): Promise<string | undefined> {
  if (ids.includes(agency)) await lottery.drawn;
  return lottery.winnersNow(agency);
}

/** All agencies finish. */
export async function finishAll(lottery: Lottery): Promise<void> {
  for (const agency of ids) await lottery.finish(agency);
}
