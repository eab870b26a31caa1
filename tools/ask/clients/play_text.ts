/** A play of clients, in words. */
import { grouped, seconds } from '../../table';
import type { PlayState } from './play';
import { KEY_PREFIX } from './random_note';

/** How far it is, in a line. */
export function progressText({ played, agreed }: PlayState, clients: number): string {
  return `${grouped(played)} of ${grouped(clients)} clients have played, ${grouped(agreed)} agreed`;
}

/** How it has ended, and how fast it was. */
export function resultText(state: PlayState, clients: number, tookMs: number): string {
  const { played, agreed, requests, atATime } = state;
  const rate = grouped(Math.round((requests * 1_000) / Math.max(tookMs, 1)));
  const cut = played < clients ? `, ${grouped(clients - played)} did not play` : '';
  return (
    `${grouped(agreed)} of ${grouped(clients)} clients agreed${cut}: ` +
    `${grouped(requests)} requests in ${seconds(tookMs, 2)} (${rate} requests/s), ${atATime} clients at a time`
  );
}

/** What went wrong, a line each. */
export function failureTexts({ failures, leftOver }: PlayState): string[] {
  const lines = [...failures].map(([reason, count]) => `${grouped(count)} of the clients failed: ${reason}`);
  if (leftOver > 0) {
    lines.push(`${grouped(leftOver)} of their notes may be left over; their keys begin with ${KEY_PREFIX}`);
  }
  return lines;
}
