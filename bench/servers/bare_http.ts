/** The API on `node:http` alone: the least that a server in Node takes for a request. */
import { createServer, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { BareAnswer, BareApi, serveBareHttp } from './bare_api';

const PATH = /^\/(?:agencies\/(\d+)\/batches\/(\d+)|notes\/([\w-]+))$/;

const api = new BareApi();
const server = createServer({ noDelay: true }, (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const [first, ...others] = chunks;
    const body = first !== undefined && others.length === 0 ? first : Buffer.concat(chunks);
    send(response, answerTo(request.method ?? '', request.url ?? '', body));
  });
});

function answerTo(method: string, url: string, body: Buffer): BareAnswer {
  const [, agency, batch, name = ''] = PATH.exec(url) ?? [];
  if (agency !== undefined && batch !== undefined) {
    return method === 'PUT' ? api.putBatch(agency, batch, body) : api.getBatch(agency);
  }
  return method === 'PUT' ? api.putNote(name, body) : api.getNote(name);
}

function send(response: ServerResponse, { status, body }: BareAnswer): void {
  const isBytes = Buffer.isBuffer(body);
  const bytes = isBytes ? body : Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    'Content-Type': isBytes ? 'application/octet-stream' : 'application/json; charset=utf-8',
    'Content-Length': bytes.length,
  });
  response.end(bytes);
}

const listening = new Promise<AddressInfo>((resolve) => {
  server.listen({ port: 0, host: '127.0.0.1', backlog: 511 }, () => resolve(server.address() as AddressInfo));
});
serveBareHttp(listening, () => {
  server.close();
  server.closeAllConnections();
});
