/** The operations that messages over TCP stand for (PROTOCOL.md, R2, R6, R7). */
import { batchUri, agencyUri, NO_REQUEST_ID, STATUS_OF_ERROR } from '../../../server/ledger/audit_line';
import type { Call } from '../history/recorder';
import { documentsOf } from './model';
import type { Answer, Operation, Request } from './operation';

const ACK_HEADER_BYTES = 12;

/**
 * @param calls the messages of connections, in the order in which each connection sent its own
 * @param agencies how many agencies the lottery has
 * @param isBad whether the text of a batch is one that is refused
 */
export function operationsOfCalls(
  calls: readonly Call[],
  { agencies, isBad }: { agencies: number; isBad: (text: string) => boolean },
): Operation[] {
  return calls.flatMap((call, index) => {
    const { message, startMs, reply } = call;
    const made = (request: Request, answer: Operation['answer'], endMs = call.endMs): Operation => ({
      request,
      requestId: NO_REQUEST_ID,
      startMs,
      endMs: answer === undefined ? Infinity : endMs,
      answer,
    });
    const { agency } = message;
    const answer = answerOf(reply);
    switch (message.kind) {
      case 'BET': {
        const request: Request = { kind: 'put-batch', agency, batchId: message.batchId, text: message.text };
        const uri = batchUri(agency, message.batchId);
        if (isBad(message.text)) return made(refused('PUT', uri, 'bad-batch'), answer);
        return made(agency > agencies ? refused('PUT', uri, 'unknown-agency') : request, answer);
      }
      case 'ASK': {
        if (agency > agencies) return made(refused('GET', agencyUri(agency), 'unknown-agency'), answer);
        return made({ kind: 'get-agency', agency }, answer);
      }
      case 'FIN': {
        // Whatever was answered behind it says that the FIN was taken.
        const takenMs = Math.min(call.endMs, firstAnswerBehind(calls, index));
        const isTaken = reply !== undefined || takenMs < call.endMs;
        return [
          made({ kind: 'finish', agency }, isTaken ? {} : undefined, takenMs),
          made({ kind: 'get-winners', agency }, answer),
        ];
      }
    }
  });
}

function refused(operation: 'PUT' | 'GET', uri: string, code: 'bad-batch' | 'unknown-agency'): Request {
  return { kind: 'refused', operation, uri, status: STATUS_OF_ERROR[code], code };
}

/** What a reply tells; of an ERR the code alone. */
function answerOf(reply: string | undefined): Operation['answer'] {
  if (reply === undefined) return undefined;
  const payload = reply.slice(ACK_HEADER_BYTES);
  switch (reply.slice(0, 4)) {
    case 'ACK,': {
      const [, agency, batch] = payload.split(',').map(Number);
      return { isGranted: true, agency, batch };
    }
    case 'HAS,':
      return sumsOf(payload);
    case 'WIN,':
      return { winners: documentsOf(payload) };
    default: {
      const code = payload.split(',')[1];
      return code === 'unavailable' ? code : { code };
    }
  }
}

function sumsOf(payload: string): Answer {
  const [last_batch_id, last_bet_id, bets] = payload.split(',').map(Number);
  return { last_batch_id, last_bet_id, bets };
}

/** When the first message that its connection sent behind one was answered, a WIN left aside. */
function firstAnswerBehind(calls: readonly Call[], index: number): number {
  const { connection } = calls[index]!;
  let firstMs = Infinity;
  for (const call of calls.slice(index + 1)) {
    if (call.connection !== connection || call.message.kind === 'FIN' || call.reply === undefined) continue;
    firstMs = Math.min(firstMs, call.endMs);
  }
  return firstMs;
}
