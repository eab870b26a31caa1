/** What became of a sale, in one line. */
import { LogDetails } from '../program/log';

/** What an agency knows of its sale. */
export interface SaleState {
  readonly agency: number;
  /** `host:port`. */
  readonly server: string;
  /** Bets that this run has had acknowledgements for. */
  readonly sold: number;
  /** Bets of the agency that the server has, whoever has sold them; `undefined` before it was asked. */
  readonly stored: number | undefined;
  /** Whether the server has said that the sale is closed. */
  readonly isClosed: boolean;
  readonly leftOutRows: number;
  readonly isFinSent: boolean;
  /** Documents that have won; `undefined` as long as the draw has not been seen. */
  readonly winners: number | undefined;
}

/** The details of the last log line. */
export function saleDetails(state: SaleState): LogDetails {
  const { server, sold, stored, leftOutRows, isFinSent, isClosed } = state;
  return {
    sold,
    ...(stored === undefined ? {} : { stored }),
    left_out: leftOutRows,
    sale: isFinSent ? 'ended' : isClosed ? 'closed' : 'open',
    ...(stored === undefined ? {} : { server }),
  };
}

/** The last line for a person, without its end. */
export function saleText(state: SaleState): string {
  const { agency, server, sold, stored, leftOutRows, winners } = state;
  if (stored === undefined) return 'nothing was sent, the sale was not ended';
  const before = sold === stored ? '' : ` now, ${count(stored, 'bet')} in all`;
  const won = winners === undefined ? '' : `; ${count(winners, 'winner')}`;
  return (
    `agency ${agency} has sold ${count(sold, 'bet')}${before}, stored at ${server}; ` +
    `${count(leftOutRows, 'row')} left out; ${endText(state)}${won}`
  );
}

function endText({ isFinSent, isClosed, winners }: SaleState): string {
  if (!isFinSent) return isClosed ? 'the sale is closed at the server' : 'the sale was not ended';
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
