/** What became of a sale, in one line. */
import { LogDetails } from '../program/log';

/** What an agency knows of its sale. */
export interface SaleState {
  readonly agency: number;
  /** `host:port`. */
  readonly server: string;
  /** Bets of the agency that the server had when it was first asked, and has now; `undefined` before. */
  readonly storedBefore: number | undefined;
  readonly stored: number | undefined;
  readonly leftOutRows: number;
  readonly isFinSent: boolean;
  /** Documents that have won; `undefined` as long as the draw has not been seen. */
  readonly winners: number | undefined;
}

/** The details of the last log line. */
export function saleDetails({ server, storedBefore, stored, leftOutRows, isFinSent }: SaleState): LogDetails {
  return {
    sold: (stored ?? 0) - (storedBefore ?? 0),
    ...(stored === undefined ? {} : { stored }),
    left_out: leftOutRows,
    sale: isFinSent ? 'ended' : 'open',
    ...(stored === undefined ? {} : { server }),
  };
}

/** The last line for a person, without its end. */
export function saleText(state: SaleState): string {
  const { agency, server, storedBefore = 0, stored, leftOutRows, winners } = state;
  if (stored === undefined) return 'nothing was sent, the sale was not ended';
  const before = storedBefore === 0 ? '' : ` now, ${count(stored, 'bet')} in all`;
  const won = winners === undefined ? '' : `; ${count(winners, 'winner')}`;
  return (
    `agency ${agency} has sold ${count(stored - storedBefore, 'bet')}${before}, stored at ${server}; ` +
    `${count(leftOutRows, 'row')} left out; ${endText(state)}${won}`
  );
}

function endText({ isFinSent, winners }: SaleState): string {
  if (!isFinSent) return 'the sale was not ended';
  return winners === undefined ? 'the sale was ended, the draw is still to come' : 'the sale was ended';
}

/** `1 bet`, `2,000 bets`. */
function count(amount: number, noun: string): string {
  return `${grouped(amount)} ${noun}${amount === 1 ? '' : 's'}`;
}

/** A whole number with commas between its thousands. */
export function grouped(amount: number): string {
  return String(amount).replace(/\B(?=(\d{3})+$)/g, ',');
}
