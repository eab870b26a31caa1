import { encodeBet, BetMessage } from '../../protocol/bet';
import { CheckedBatch, checkBatch } from '../../protocol/checked_batch';
import { RequestDecoder } from '../../protocol/request_decoder';

/** What a made-up bet is like; what is left out is ordinary. */
export interface MadeBet {
  readonly id?: number;
  readonly document?: string;
  readonly number?: number | string;
  readonly firstName?: string;
  readonly lastName?: string;
}

/** A bet as the wire has it. For tests. */
export function betOf(agency: number, made: MadeBet = {}): string {
  const { id = 1, document = '31204458', number = 2_201, firstName = 'Ana', lastName = 'Paz' } = made;
  return [agency, id, firstName, lastName, document, '1987-03-17', number].join(',');
}

/** The bytes of a BET with these bets of one agency; one ordinary bet when left out. */
export function betBytes(agency: number, batchId: number, bets: readonly MadeBet[] = [{}]): Buffer {
  return encodeBet(
    batchId,
    bets.map((bet) => betOf(agency, bet)),
  );
}

/** A checked batch with these bets of one agency, as it comes off the wire. */
export function batchOf(agency: number, batchId: number, bets: readonly MadeBet[] = [{}]): CheckedBatch {
  return checkBatch(messageOf(betBytes(agency, batchId, bets)));
}

function messageOf(bytes: Buffer): BetMessage {
  const decoder = new RequestDecoder();
  decoder.push(bytes);
  const message = decoder.next();
  if (message?.type !== 'BET') throw new Error('not one whole BET');
  return message;
}
