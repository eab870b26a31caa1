/** What the clients of a play send, by chance. */
import type { LotteryTerms } from '../../../server/ledger/ledger';
import { LOTTERY_OWNER } from '../../../server/ledger/note';
import type { Random } from '../../../tools/random';
import type { Message } from '../history/recorder';
import { refusedRequests, sentOf } from './http_client';
import type { NoteRequest, Refused, Request } from './operation';

/** The lottery of these histories. */
export const TERMS = { agencies: 4, winnerNumber: 7574 } satisfies LotteryTerms;

/** Ids that all clients of an agency share. */
const BATCHES_OF_AGENCY = 40;
/** Of a thousand. */
const OTHER_CONTENT = 200;
/** A bet with it is refused. */
export const BAD_NUMBER = 'none';
/** Names that all clients of an owner share. */
const NOTE_NAMES = ['cursor', 'id', 'n:1'];

/** What is refused whatever stands in the ledger, and how it is sent. */
export const REFUSED: readonly (readonly [Refused, ReturnType<typeof sentOf>])[] = refusedRequests(
  TERMS.agencies,
  textOf(1, 1, 0),
);

/** Anything but the end of a sale. */
export function chooseRequest(agency: number, random: Random): Request {
  const batchId = 1 + random.below(BATCHES_OF_AGENCY);
  const chosen = random.below(100);
  if (chosen < 20) return chooseNoteRequest(random.chance(200) ? LOTTERY_OWNER : agency, random);
  if (chosen < 50) return { kind: 'put-batch', agency, batchId, text: chooseText(agency, batchId, random) };
  if (chosen < 62) return { kind: 'get-batch', agency, batchId };
  if (chosen < 72) return { kind: 'get-agency', agency };
  if (chosen < 80) return { kind: 'get-agencies', after: random.below(5), limit: 1 + random.below(4) };
  if (chosen < 86) return { kind: 'get-winners', agency };
  if (chosen < 92) return { kind: 'get-draw' };
  return random.pick(REFUSED)[0];
}

function chooseNoteRequest(owner: number, random: Random): NoteRequest {
  const name = random.pick(NOTE_NAMES);
  const value = random.chance(300) ? String(random.below(50)) : `text ${random.below(1_000)}`;
  const chosen = random.below(100);
  if (chosen < 30) {
    const condition = random.chance(500) ? undefined : random.pick(['absent', 'present'] as const);
    return { kind: 'put-note', owner, name, value, condition };
  }
  if (chosen < 55) return { kind: 'get-note', owner, name };
  if (chosen < 70) return { kind: 'count-note', owner, name };
  if (chosen < 82) return { kind: 'delete-note', owner, name };
  if (chosen < 90) return { kind: 'list-notes', owner };
  return { kind: 'post-notes', owner, values: { [name]: value, more: 'ñ &=+%', empty: '' } };
}

/** A batch, one that is refused, or an ASK, now and then for an agency that there is not. */
export function chooseMessage(agency: number, random: Random, isAsking: boolean): Message {
  const batchId = 1 + random.below(BATCHES_OF_AGENCY);
  const chosen = random.below(100);
  if (chosen < 3)
    return { kind: 'BET', agency, batchId, text: `${agency},1,Ana,Paz,1,1987-03-17,${BAD_NUMBER}` };
  if (chosen < 5) {
    const nobody = TERMS.agencies + 1;
    return { kind: 'BET', agency: nobody, batchId, text: textOf(nobody, batchId, 0) };
  }
  if (chosen < 7) return { kind: 'ASK', agency: TERMS.agencies + 2 };
  if (isAsking && chosen < 25) return { kind: 'ASK', agency };
  return { kind: 'BET', agency, batchId, text: chooseText(agency, batchId, random) };
}

function chooseText(agency: number, batchId: number, random: Random): string {
  return textOf(agency, batchId, random.chance(OTHER_CONTENT) ? 1 : 0);
}

/** The same batch has the same text over both doors. */
function textOf(agency: number, batchId: number, variant: number): string {
  return Array.from({ length: 1 + (batchId % 4) }, (_, index) => {
    const betId = batchId * 10 + index;
    const number = (betId + variant) % 5 === 0 ? TERMS.winnerNumber : betId;
    return `${agency},${betId},Ana,Paz,${agency}${betId}${variant},1987-03-17,${number}`;
  }).join(';');
}
