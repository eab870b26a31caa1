/** A server that answers as a test wants it to. */
import { once } from 'node:events';
import { createServer, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { ApiClient } from '../api/api_client';

/** A request as it came. */
export interface StubRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: Buffer;
}

/** An answer; `undefined` for none: the connection is cut. */
export type StubAnswer =
  | { readonly status: number; readonly body?: object | Buffer; readonly headers?: Record<string, string> }
  | undefined;

const servers: Server[] = [];

/** Ends all of them; for `afterEach`. */
export function closeStubs(): void {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
}

/**
 * Starts a server.
 *
 * @param answer to each request; one that is a promise comes late
 * @returns a client that asks it
 */
export async function stubServer(
  answer: (request: StubRequest) => StubAnswer | Promise<StubAnswer>,
  token?: string,
): Promise<ApiClient> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request;
      const asked = answer({ method, path, headers, body: Buffer.concat(chunks) });
      void Promise.resolve(asked).then((given) => send(response, given));
    });
  }).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return new ApiClient({ url: new URL(`http://127.0.0.1:${port}`), token });
}

/** A refusal, as a server of the lottery words it. */
export function problem(status: number, code: string, detail: string, more: object = {}): StubAnswer {
  return { status, body: { code, detail, status, ...more } };
}

function send(response: ServerResponse, answer: StubAnswer): void {
  if (answer === undefined) return void response.socket?.destroy();
  const { status, body = Buffer.alloc(0), headers = {} } = answer;
  const isValue = Buffer.isBuffer(body);
  response.writeHead(status, {
    'content-type': isValue ? 'application/octet-stream' : 'application/json',
    ...headers,
  });
  response.end(isValue ? body : `${JSON.stringify(body)}\n`);
}
