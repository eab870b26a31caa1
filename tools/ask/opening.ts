/** What a server holds, told at the start. It is read from the metrics, which leave no line in the audit log. */
import { counted } from '../../program/counted';
import { grouped } from '../table';
import type { ApiClient } from './api/api_client';

/** What a server holds. */
export interface Holding {
  readonly bets: number;
  readonly agencies: number;
  readonly finishedAgencies: number;
  /** Whether the draw has run, or was called off. */
  readonly isDecided: boolean;
}

/**
 * Asks a server what it holds.
 *
 * @returns `undefined` when it does not tell
 * @throws NoAnswer when it cannot be reached
 */
export async function holdingOf(api: ApiClient, stop: AbortSignal): Promise<Holding | undefined> {
  const { status, body } = await api.ask({ method: 'GET', path: '/metrics' }, stop);
  if (status !== 200) return undefined;
  const metrics = body.toString('latin1');
  const bets = metricIn(metrics, 'lottery_bets_total');
  const agencies = metricIn(metrics, 'lottery_agencies');
  const finishedAgencies = metricIn(metrics, 'lottery_finished_agencies');
  if (bets === undefined || agencies === undefined || finishedAgencies === undefined) return undefined;
  const isDecided =
    metricIn(metrics, 'lottery_drawn') === 1 || metricIn(metrics, 'lottery_draw_called_off') === 1;
  return { bets, agencies, finishedAgencies, isDecided };
}

/** The same in words. @param notes how many notes there are; `undefined` when that is not told */
export function holdingText(holding: Holding, notes: number | undefined): string {
  const { bets, agencies, finishedAgencies, isDecided } = holding;
  return [
    bets === 1 ? '1 bet' : `${grouped(bets)} bets`,
    ...(notes === undefined ? [] : [counted(notes, 'note')]),
    `${grouped(finishedAgencies)} of ${counted(agencies, 'agency', 'agencies')} finished`,
    isDecided ? 'the draw is decided' : 'not drawn',
  ].join(', ');
}

function metricIn(metrics: string, name: string): number | undefined {
  const value = new RegExp(`^${name} ([0-9.e+]+)$`, 'm').exec(metrics)?.[1];
  return value === undefined ? undefined : Number(value);
}
