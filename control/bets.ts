/** The bets of a batch: what is valid (PROTOCOL.md, R5), and what is counted of them. Written a second time on purpose. */
import { isUtf8 } from 'node:buffer';

const MAX_AGENCY = 1_000_000;
/** A name: no control characters, comma or semicolon; each byte is one character of Latin-1 here. */
const BET =
  // eslint-disable-next-line no-control-regex -- they are what may not be there
  /^0*(\d{1,16}),0*(\d{1,16}),([^\x00-\x1f\x7f,;]{1,128}),([^\x00-\x1f\x7f,;]{1,128}),(\d{1,20}),(\d{4})-(\d\d)-(\d\d),(\d{1,4})$/;

/** A bet, as far as it counts. */
export interface Bet {
  readonly agency: number;
  readonly id: number;
  readonly document: string;
  /** 0 to 9999. */
  readonly number: number;
}

/**
 * The bets of a batch, each checked.
 *
 * @param text joined with `;`, without one in front
 * @returns `undefined` where one of them is not valid
 */
export function readBets(text: Buffer): Bet[] | undefined {
  if (!isUtf8(text)) return undefined;
  const bets: Bet[] = [];
  for (const each of text.toString('latin1').split(';')) {
    const bet = readBet(each);
    if (bet === undefined) return undefined;
    bets.push(bet);
  }
  return bets;
}

function readBet(text: string): Bet | undefined {
  const fields = BET.exec(text);
  if (fields === null) return undefined;
  const [agency, id] = [Number(fields[1]), Number(fields[2])];
  const [year, month, day] = [Number(fields[6]), Number(fields[7]), Number(fields[8])];
  if (agency < 1 || agency > MAX_AGENCY || id < 1 || !Number.isSafeInteger(id)) return undefined;
  if (year < 1900 || !isDay(year, month, day)) return undefined;
  return { agency, id, document: fields[5]!, number: Number(fields[9]) };
}

/** Whether it is a day of the Gregorian calendar. */
function isDay(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
