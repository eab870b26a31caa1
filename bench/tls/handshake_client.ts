/**
 * A client that does nothing but connect: a process of its own. It is told its plan over the channel to its parent
 * (handshakes.ts), and ends when that closes it.
 */
import { connect, Socket } from 'node:net';
import { connect as connectSecurely, createSecureContext, TLSSocket } from 'node:tls';

import { exitOnUnexpectedErrors, oneLine } from '../../program/exit';
import { encodeEcho } from '../../protocol/echo';
import { readCredentials } from '../load/dialler';
import { Latencies } from '../load/latencies';
import type { FromHandshakes, HandshakePlan } from './handshake_plan';

const HOST = '127.0.0.1';
const ECHO = encodeEcho('health');

/** A connection, and what there is to be sent on once it is open. */
type Open = () => { readonly socket: Socket; readonly openEvent: 'connect' | 'secureConnect' };

const say = (message: FromHandshakes): void => void process.send?.(message);

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** Opens a connection, waits for the answer to an ECHO, and closes it. @throws the socket's error */
function useOnce(open: Open): Promise<Socket> {
  const { socket, openEvent } = open();
  return new Promise((resolve, reject) => {
    let answered = 0;
    socket.on(openEvent, () => socket.write(ECHO));
    socket.on('data', (chunk: Buffer) => {
      answered += chunk.length;
      if (answered >= ECHO.length) resolve(socket);
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the server has closed a connection')));
  });
}

function agreedOn(socket: Socket): string {
  return socket instanceof TLSSocket ? `${socket.getProtocol()} ${socket.getCipher().name}` : '';
}

/** How connections are opened. @throws Error when the server gives no session to resume */
async function opening({ port, beginning, certificates }: HandshakePlan): Promise<Open> {
  if (beginning === 'plain') {
    return () => ({ socket: connect({ port, host: HOST, noDelay: true }), openEvent: 'connect' });
  }
  const context = createSecureContext(readCredentials(certificates, 1));
  const secured = (session?: Buffer): ReturnType<Open> => {
    const options = { port, host: HOST, secureContext: context, ...(session && { session }) };
    const socket = connectSecurely(options);
    return { socket: socket.setNoDelay(true), openEvent: 'secureConnect' };
  };
  if (beginning === 'full handshake') return () => secured();
  let session: Buffer | undefined;
  const first = await useOnce(() => {
    const opened = secured();
    opened.socket.on('session', (ticket: Buffer) => (session = ticket));
    return opened;
  });
  first.destroy();
  if (session === undefined) throw new Error('the server has given no session to resume');
  return () => secured(session);
}

async function run(plan: HandshakePlan): Promise<void> {
  const open = await opening(plan);
  const latencies = new Latencies();
  let connections = 0;
  let isCounting = false;
  let agreed = '';
  const startMs = performance.now() + plan.warmUpMs;
  const endMs = startMs + plan.measureMs;
  let begun = { atMs: 0, cpuMs: 0 };
  const again = async (): Promise<void> => {
    while (performance.now() < endMs) {
      const openedAtMs = performance.now();
      if (!isCounting && openedAtMs >= startMs) {
        isCounting = true;
        begun = { atMs: openedAtMs, cpuMs: cpuMs() };
        say({ kind: 'begun' });
      }
      const isCounted = isCounting;
      const socket = await useOnce(open);
      if (
        socket instanceof TLSSocket &&
        socket.isSessionReused() !== (plan.beginning === 'resumed handshake')
      ) {
        throw new Error(`a handshake was no ${plan.beginning}`);
      }
      agreed = agreedOn(socket);
      socket.destroy();
      if (!isCounted) continue;
      connections++;
      latencies.add(performance.now() - openedAtMs);
    }
  };
  await Promise.all(Array.from({ length: plan.together }, again));
  const elapsedMs = performance.now() - begun.atMs;
  const times = { elapsedMs, p50Ms: latencies.quantileMs(0.5), p99Ms: latencies.quantileMs(0.99) };
  say({ kind: 'ended', result: { connections, ...times, cpuMs: cpuMs() - begun.cpuMs, agreed } });
}

exitOnUnexpectedErrors();
process.once('disconnect', () => process.exit());
process.once('message', (plan: HandshakePlan) => {
  run(plan).catch((error: unknown) => {
    process.stderr.write(`the client: ${oneLine(error)}\n`);
    process.exit(1);
  });
});
