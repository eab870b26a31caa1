/** Commands about the draw, and the audit log. */
import { counted } from '../../../program/counted';
import { OperationError } from '../../../program/exit';
import { DRAW_URI, winnersUri } from '../../../server/ledger/audit_line';
import { grouped } from '../../table';
import { DRAW, valuesOf, WINNERS } from '../api/answers';
import type { z } from 'zod/v3';
import { agencyOf, Command, numberOf } from './command';

const MAX_WAIT_SECONDS = 300;
const DEFAULT_LOG_LINES = 10;
const MAX_LOG_LINES = 1_000;

/** `winners AGENCY [SECONDS]` */
export const WINNERS_COMMAND: Command = {
  name: 'winners',
  usage: 'AGENCY [SECONDS]',
  summary: "the documents of an agency's winners, one a line",
  details: `With SECONDS, 0 to ${MAX_WAIT_SECONDS}, it waits so long for the draw.`,
  argumentCount: [1, 2],
  run: async ([word, secondsWord = '0'], { api, output, stop }) => {
    const agency = agencyOf(word);
    const waitSeconds = numberOf('SECONDS', secondsWord, 0, MAX_WAIT_SECONDS);
    const path = `${winnersUri(agency)}?wait=${waitSeconds}`;
    const answer = await api.ask({ method: 'GET', path, moreTimeMs: waitSeconds * 1_000 }, stop);
    const { winners } = valuesOf(answer, WINNERS);
    await output.line([`agency ${agency}: ${counted(winners.length, 'winner')}`, ...winners].join('\n'));
  },
};

/** `draw` */
export const DRAW_COMMAND: Command = {
  name: 'draw',
  usage: '',
  summary: 'the state of the draw, and its result in sums',
  details: '',
  argumentCount: [0, 0],
  run: async (_, { api, output, stop }) => {
    const draw = valuesOf(await api.ask({ method: 'GET', path: DRAW_URI }, stop), DRAW);
    await output.line(drawText(draw));
  },
};

/** The state of a draw, in a line. */
export function drawText(draw: z.output<typeof DRAW>): string {
  if (draw.state === 'awaited') return `awaited: ${numberText(draw)}; ${awaitedText(draw)}`;
  const missing = draw.missing_agencies.join(', ');
  if (draw.state === 'called-off') return `called off: without agencies ${missing}`;
  const winners = draw.winners.reduce((sum, { count }) => sum + count, 0);
  const each = draw.winners.map(({ agency, count }) => `agency ${agency}: ${count}`).join(', ');
  return (
    `drawn: number ${draw.winner_number} won among ${grouped(draw.bets ?? 0)} bets; ` +
    `${counted(winners, 'winner')}${each === '' ? '' : ` (${each})`}` +
    (missing === '' ? '' : `; without agencies ${missing}`)
  );
}

function numberText({ winner_number: number, number_from: from }: z.output<typeof DRAW>): string {
  return number === null ? `the number will come from ${from ?? 'elsewhere'}` : `number ${number} will win`;
}

function awaitedText({ agencies, phase, waits_for: gate, deadline }: z.output<typeof DRAW>): string {
  const all = `${counted(agencies, 'agency', 'agencies')} in all`;
  if (gate !== undefined) return `${all}; the sale is closed; waits for: ${gate}`;
  const step = phase === 'awaited' ? '' : `; ${phase}`;
  if (deadline === null) return `${all}${step}`;
  const { action, at, seconds_left: left } = deadline;
  const when = at === null ? 'after the first agency has finished' : at;
  return `${all}${step}; deadline ${when} (${action})${left === null ? '' : `, ${grouped(left)} s left`}`;
}

/** `log [N]` */
export const LOG: Command = {
  name: 'log',
  usage: '[N]',
  summary: 'the last N lines of the audit log',
  details:
    `N is 1 to ${MAX_LOG_LINES}, ${DEFAULT_LOG_LINES} without one. What the console has asked has the request id ask. There is no\n` +
    'way to the log of a server that was joined: npm run audit reads it where its ledger is.',
  argumentCount: [0, 1],
  run: async ([word = String(DEFAULT_LOG_LINES)], { output, readLog }) => {
    const count = numberOf('N', word, 1, MAX_LOG_LINES);
    if (readLog === undefined) {
      throw new OperationError(
        'a server that was joined does not tell its audit log; `npm run audit` reads it where its ledger is',
      );
    }
    const lines = await readLog(count);
    await output.line(lines.length === 0 ? 'the audit log has no lines yet' : lines.join('\n'));
  },
};
