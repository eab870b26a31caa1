/** An agency that does one thing at a time, for tests that must know what was answered to what. */
import { call } from '../../support/raw_client';
import { agencyLine, batchOfText } from '../../support/wire';
import { Scene } from './scene';

/** Sends a batch on a connection of its own; the whole reply. */
export function sendBatch(port: number, scene: Scene, agency: number, batchId: number): Promise<string> {
  return call(port, batchOfText(batchId, scene.textOf(agency, batchId) ?? ''));
}

/** Sends a FIN on a connection of its own; the reply, WIN or ERR. */
export function sendFin(port: number, agency: number): Promise<string> {
  return call(port, agencyLine('FIN', agency));
}

/** How many bets of an agency the server says are stored; -1 when it refuses to say. */
export async function storedBets(port: number, agency: number): Promise<number> {
  const reply = await call(port, agencyLine('ASK', agency));
  return reply.startsWith('HAS,') ? Number(reply.trim().split(',').at(-1)) : -1;
}

/** Does it again until the reply is no ERR: the server needs time, or another call, to recover. */
export async function untilTaken(send: () => Promise<string>, tries = 200): Promise<string> {
  for (let left = tries; ; left--) {
    const reply = await send();
    if (!reply.startsWith('ERR,') || left === 0) return reply;
  }
}
