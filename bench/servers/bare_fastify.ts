/** The API on fastify without a hook or a schema: what the framework takes for a request. */
import type { AddressInfo } from 'node:net';

import { fastify, FastifyReply } from 'fastify';

import { BareAnswer, BareApi, serveBareHttp } from './bare_api';

/** A batch of 9,999 bets in JSON is longer than fastify's own limit. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;

interface BatchParameters {
  readonly agency: string;
  readonly batch: string;
}

interface NoteParameters {
  readonly name: string;
}

const api = new BareApi();
const app = fastify({ logger: false, bodyLimit: MAX_BODY_BYTES, http: { noDelay: true } });
app.removeAllContentTypeParsers();
app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

app.put<{ Params: BatchParameters; Body: Buffer }>('/agencies/:agency/batches/:batch', (request, reply) =>
  send(reply, api.putBatch(request.params.agency, request.params.batch, request.body)),
);
app.get<{ Params: BatchParameters }>('/agencies/:agency/batches/:batch', (request, reply) =>
  send(reply, api.getBatch(request.params.agency)),
);
app.put<{ Params: NoteParameters; Body: Buffer }>('/notes/:name', (request, reply) =>
  send(reply, api.putNote(request.params.name, request.body)),
);
app.get<{ Params: NoteParameters }>('/notes/:name', (request, reply) =>
  send(reply, api.getNote(request.params.name)),
);

function send(reply: FastifyReply, { status, body }: BareAnswer): void {
  void reply.code(status).send(body);
}

const listening = app.listen({ port: 0, host: '127.0.0.1' }).then(() => app.server.address() as AddressInfo);
serveBareHttp(listening, () => {
  void app.close();
  app.server.closeAllConnections();
});
