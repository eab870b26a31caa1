/** An agency that does one thing at a time, for tests that must know what was answered to what. */
import { RawClient } from '../../support/raw_client';
import { Scene } from './scene';

/** Sends a batch on a connection of its own; the whole reply. */
export function sendBatch(port: number, scene: Scene, agency: number, batchId: number): Promise<string> {
  const text = scene.textOf(agency, batchId) ?? '';
  const payload = Buffer.from(`;${text}`);
  const header = `BET${padded(payload.length, 8)}${padded(text.split(';').length, 4)}${padded(batchId, 8)}`;
  return ask(port, Buffer.concat([Buffer.from(header), payload, Buffer.from('\n')]));
}

/** Sends a FIN on a connection of its own; the reply, WIN or ERR. */
export function sendFin(port: number, agency: number): Promise<string> {
  return ask(port, Buffer.from(`FIN${String(agency).padStart(20)}\n`));
}

/** How many bets of an agency the server says are stored; -1 when it refuses to say. */
export async function storedBets(port: number, agency: number): Promise<number> {
  const reply = await ask(port, Buffer.from(`ASK${String(agency).padStart(20)}\n`));
  return reply.startsWith('HAS,') ? Number(reply.trim().split(',').at(-1)) : -1;
}

/** Does it again until the reply is no ERR: the server needs time, or another call, to recover. */
export async function untilTaken(call: () => Promise<string>, tries = 200): Promise<string> {
  for (let left = tries; ; left--) {
    const reply = await call();
    if (!reply.startsWith('ERR,') || left === 0) return reply;
  }
}

async function ask(port: number, bytes: Buffer): Promise<string> {
  const client = await RawClient.open(port);
  client.write(bytes);
  const reply = await client.readReply();
  client.close();
  return reply;
}

function padded(value: number, digits: number): string {
  return String(value).padStart(digits, '0');
}
