/** How long certificates are still good. */
import { Contents } from './contents';
import { AUTHORITY, inOrder, runsOf, runTitle } from './holders';
import { table } from '../table';

const DAY_MS = 24 * 60 * 60 * 1000;
/** What expires sooner is due to be renewed. */
export const SOON_DAYS = 30;
const REVOCATIONS = 'crl';

/** How it stands with a certificate, or with the revocation list (`crl`). */
export interface Standing {
  readonly name: string;
  readonly until: Date;
  /** `soon` within 30 days. */
  readonly state: 'good' | 'soon' | 'expired' | 'revoked';
}

/** Whether something expires within 30 days, or has expired. */
export function expiresSoon(until: Date, now: Date): boolean {
  return until.getTime() - now.getTime() < SOON_DAYS * DAY_MS;
}

/** The day of a time, in UTC. */
export function dayOf(time: Date): string {
  return time.toISOString().slice(0, 10);
}

/** How it stands with everything in a folder, in order. */
export function standingsOf({ authority, holders, revocations }: Contents, now: Date): Standing[] {
  const revoked = new Set(revocations?.entries.map(({ serialNumber }) => serialNumber));
  const all = new Map(holders);
  if (authority !== undefined) all.set(AUTHORITY, authority);
  const standings = inOrder(all.keys()).map((name): Standing => {
    const { until, serialNumber } = all.get(name)!;
    return { name, until, state: revoked.has(serialNumber) ? 'revoked' : stateOf(until, now) };
  });
  const until = revocations?.list.nextUpdate;
  return until === undefined
    ? standings
    : [...standings, { name: REVOCATIONS, until, state: stateOf(until, now) }];
}

function stateOf(until: Date, now: Date): Standing['state'] {
  if (until <= now) return 'expired';
  return expiresSoon(until, now) ? 'soon' : 'good';
}

const WORDS: Readonly<Record<Standing['state'], string>> = {
  good: '',
  soon: `expires within ${SOON_DAYS} days: --renew`,
  expired: 'EXPIRED: --renew',
  revoked: 'REVOKED: --revoke it again, which puts it aside',
};

/** A table for people; agencies that follow each other and stand alike are one row. */
export function standingsTable(standings: readonly Standing[], now: Date): string {
  const byName = new Map(standings.map((standing) => [standing.name, standing]));
  const alike = (name: string): string => {
    const { until, state } = byName.get(name)!;
    return dayOf(until) + state;
  };
  const rows = runsOf([...byName.keys()], alike).map((run) => {
    const { until, state } = byName.get(run[0]!)!;
    const days = Math.max(0, Math.ceil((until.getTime() - now.getTime()) / DAY_MS));
    return [runTitle(run), dayOf(until), String(days), WORDS[state]];
  });
  const columns = ['certificate', 'expires', 'days left'];
  if (standings.some(({ state }) => state !== 'good')) columns.push('to do');
  return table(columns, rows, undefined, { left: ['certificate', 'expires', 'to do'] });
}
