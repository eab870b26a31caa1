/** A client that writes the reference's bytes: a connection for each message, the same bytes again until an ACK. */
import { setTimeout as pause } from 'node:timers/promises';

import { Random } from '../../../tools/random';
import { RawClient } from '../../support/raw_client';
import { agencyLine, padded, rawBet } from '../../support/wire';

/** What a client of the reference is given. */
export interface ReferencePlan {
  readonly agency: number;
  readonly port: number;
  /** The text of each bet, one character (latin1) for a byte. */
  readonly bets: readonly string[];
  readonly batchAmount: number;
  readonly random: Random;
  readonly signal: AbortSignal;
}

const RETRY_MS = 30;
/** Of a thousand messages, so many are begun and torn off in the middle first. */
const TORN_OF_THOUSAND = 100;
/** Of a thousand acknowledged batches, so many are sent once more. */
const AGAIN_OF_THOUSAND = 100;

/**
 * Sends all bets, finishes and waits for the draw.
 *
 * @returns the WIN's payload
 * @throws Error when the server answers what it must not answer; AbortError when it is stopped
 */
export async function playReferenceClient(plan: ReferencePlan): Promise<string> {
  const { agency, bets, batchAmount, random } = plan;
  for (let start = 0, batchId = 1; start < bets.length; start += batchAmount, batchId++) {
    const message = betMessage(batchId, bets.slice(start, start + batchAmount));
    if (random.chance(TORN_OF_THOUSAND)) await tearOff(plan, message);
    do await confirm(plan, message, `,${agency},${batchId}`);
    while (random.chance(AGAIN_OF_THOUSAND));
  }
  return insist(plan, async (client) => {
    client.write(agencyLine('FIN', agency));
    const win = await client.readReply();
    if (win.length < 12 || win.length < 12 + Number(win.slice(4, 12))) return undefined;
    requireReply(win.startsWith('WIN,'), win);
    return win.slice(12);
  });
}

function betMessage(batchId: number, bets: readonly string[]): Buffer {
  return rawBet(batchId, bets.length, Buffer.from(`;${bets.join(';')}`, 'latin1'));
}

/** Sends a batch until it is acknowledged. As the reference, it leaves the ACK's line feed unread and resets. */
async function confirm(plan: ReferencePlan, message: Buffer, expected: string): Promise<void> {
  const whole = `ACK,${padded(expected.length, 8)}${expected}`;
  await insist(plan, async (client) => {
    client.write(message);
    const ack = await client.read(whole.length);
    if (ack.length < whole.length) return undefined;
    requireReply(ack === whole, ack);
    return ack;
  });
}

async function tearOff(plan: ReferencePlan, message: Buffer): Promise<void> {
  const bytes = plan.random.below(message.length);
  await insist(plan, (client) => {
    client.write(message.subarray(0, bytes));
    return Promise.resolve(true);
  });
}

/** Tries on one connection after another, until an answer has come. */
async function insist<Answer>(
  { port, signal }: ReferencePlan,
  attempt: (client: RawClient) => Promise<Answer | undefined>,
): Promise<Answer> {
  for (;;) {
    signal.throwIfAborted();
    const client = await RawClient.open(port).catch(() => undefined);
    const answer = client === undefined ? undefined : await attempt(client);
    client?.reset();
    if (answer !== undefined) return answer;
    await pause(RETRY_MS, undefined, { signal });
  }
}

/** A refusal for now is as good as no answer; anything else but the reply is wrong. */
function requireReply(isExpected: boolean, reply: string): void {
  if (!isExpected) throw new Error(`the reference client was answered ${JSON.stringify(reply)}`);
}
