/**
 * The control's door: `POST /add-checkpoint` and `GET /cosigned/SIZE` for the server, `GET /status` for those who
 * look after it.
 */
import { createServer, IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { oneLine, UsageError } from './mistakes';
import type { WitnessAnswer } from './witness';

const MAX_BODY_BYTES = 64 * 1024;
/** A request must be there after so long. */
const REQUEST_TIMEOUT_MS = 10_000;
const MAX_CONNECTIONS = 64;
/** Errors of the system that say that an address is none of this machine. */
const NOT_HERE = /^(EADDRNOTAVAIL|ENOTFOUND|EAI_|EINVAL|EAFNOSUPPORT)/;

/** What is answered. */
export interface DoorAnswers {
  readonly addCheckpoint: (body: Buffer) => Promise<WitnessAnswer>;
  /** Gives the cosignature of a checkpoint of so many leaves again. */
  readonly cosignatureOf: (size: number) => WitnessAnswer;
  readonly status: () => WitnessAnswer;
  /** An answer could not be made: the program cannot go on. */
  readonly onFailed: (error: unknown) => void;
}

/**
 * Listens.
 *
 * @returns the server, and its port
 * @throws UsageError for an address that is none of this machine, an Error for a port that is taken; both name the setting
 */
export async function listen(
  { port, address }: { readonly port: number; readonly address: string },
  answers: DoorAnswers,
): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS });
  server.maxConnections = MAX_CONNECTIONS;
  server.on('request', (request, response) => void answer(request, response, answers));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(error, address, port)));
    server.listen({ port, host: address }, resolve);
  });
  return { server, port: (server.address() as AddressInfo).port };
}

function cannotListen(error: NodeJS.ErrnoException, address: string, port: number): Error {
  if (NOT_HERE.test(error.code ?? '')) {
    const reason = `allowed is an address of this machine (${oneLine(error)})`;
    return new UsageError(`CONTROL_ADDRESS: ${JSON.stringify(address)} is wrong; ${reason}`);
  }
  return new Error(`CONTROL_PORT: it cannot listen on port ${port} of ${address}: ${oneLine(error)}`);
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  answers: DoorAnswers,
): Promise<void> {
  try {
    const { status, type, body } = await answerOf(request, answers);
    response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
    response.end(body);
  } catch (error) {
    response.destroy();
    // A client that went away is no failure of the control.
    if (!request.destroyed || request.complete) answers.onFailed(error);
  }
}

async function answerOf(request: IncomingMessage, answers: DoorAnswers): Promise<WitnessAnswer> {
  const { method, url } = request;
  if (url === '/status' && method === 'GET') return answers.status();
  const size = /^\/cosigned\/(0|[1-9]\d{0,14})$/.exec(url ?? '')?.[1];
  if (size !== undefined && method === 'GET') return answers.cosignatureOf(Number(size));
  if (url !== '/add-checkpoint')
    return plain(404, 'there is POST /add-checkpoint, GET /cosigned/SIZE and GET /status');
  if (method !== 'POST') return plain(405, 'allowed is POST');
  const body = await bodyOf(request);
  return body === undefined
    ? plain(413, `at most ${MAX_BODY_BYTES} bytes are allowed`)
    : answers.addCheckpoint(body);
}

/** @returns `undefined` for one that is too long */
async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request) {
    bytes += (part as Buffer).length;
    if (bytes > MAX_BODY_BYTES) return undefined;
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts);
}

function plain(status: number, body: string): WitnessAnswer {
  return { status, type: 'text/plain; charset=utf-8', body: `${body}\n` };
}
