import type { IncomingMessage, Server, ServerResponse } from 'node:http';

import { fastify, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { Clock } from '../../../program/clock';
import { OperationError, oneLine } from '../../../program/exit';
import { Log } from '../../../program/log';
import { Lottery } from '../../lottery/lottery';
import { Telemetry } from '../../telemetry/telemetry';
import { STRICT_TRANSPORT } from './connections';
import { HttpContext } from './context';
import { HTTP_LIMITS, HttpLimits, MAX_PATH_BYTES } from './limits';
import { BrokenRequests } from './refusals/broken_requests';
import { Refusal } from './refusals/problem';
import { Refusals } from './refusals/refusals';
import { admit, noRoute } from './requests/admission';
import { AllowedMethods } from './requests/allowed_methods';
import { discardRest, hasMoreBody } from './requests/body';
import { REQUEST_ID_HEADER, requestIdOf } from './requests/request_id';
import { addAgencyRoutes } from './routes/agency_routes';
import { addBatchRoutes } from './routes/batch_routes';
import { addDrawRoutes } from './routes/draw_routes';
import { addControlRoutes } from './routes/control_routes';
import { addLogRoutes } from './routes/log_routes';
import { addNoteListRoutes } from './routes/note_list_routes';
import { addNoteRoutes } from './routes/note_routes';
import { addNumberRoutes } from './routes/number_routes';
import { addOpenApiRoute, gatherOpenApi } from './routes/openapi';
import type { HttpDoorSettings } from './settings';
import type { CheckPool } from './workers/check_pool';
import { registerWatch } from './watch/watch';

/**
 * How much later the timeout of `node:http` is than the door's own, which it only backs up: it closes the connection
 * without an answer.
 */
const REQUEST_TIMEOUT_SLACK_MS = 5_000;

/** Adds more routes to the app. @returns `close`, to be called when the door stops */
export type RegisterMore = (app: FastifyInstance) => { close(): void };

/** What the HTTP door is made of. */
export interface HttpDoorOptions {
  readonly lottery: Lottery;
  /** Counts the door's connections and refusals; the page and the metrics read it. */
  readonly telemetry: Telemetry;
  readonly settings: HttpDoorSettings;
  readonly clock: Clock;
  readonly log: Log;
  /** The bounds of the door; {@link HTTP_LIMITS} if left out. */
  readonly limits?: HttpLimits;
  /** The workers that check long bodies; without them, that is done in the main thread. The door closes them. */
  readonly checkPool?: CheckPool | undefined;
  /** Adds the routes beyond the API; if left out, those of the page, its feed, the health checks and the metrics. */
  readonly registerMore?: RegisterMore;
}

/**
 * The HTTP door: the lottery's operations as resources (docs/HTTP.md), and what an operator watches the server with.
 *
 * It translates and decides nothing. Every answered operation is in the audit log before its answer is sent.
 */
export class HttpDoor {
  readonly #context: HttpContext;
  readonly #refusals: Refusals;
  readonly #broken: BrokenRequests;
  readonly #allowed = new AllowedMethods();
  readonly #app: FastifyInstance;
  readonly #registerMore: RegisterMore;
  #closeMore: () => void = () => undefined;
  #ticker: NodeJS.Timeout | undefined;

  constructor({ log, registerMore, limits = HTTP_LIMITS, ...parts }: HttpDoorOptions) {
    const { lottery, telemetry, clock } = parts;
    this.#context = new HttpContext({ ...parts, limits });
    this.#refusals = new Refusals(this.#context, log);
    this.#broken = new BrokenRequests(this.#context, this.#refusals);
    this.#registerMore = registerMore ?? ((app) => registerWatch(app, { lottery, telemetry, clock }));
    this.#app = this.#newApp();
    this.#watchServer(this.#app.server);
    this.#context.settings.tls?.onChange(() => this.#dropLost(log));
    telemetry.watchConnections('http', () => this.#context.connections.count);
  }

  /**
   * Starts to accept connections.
   *
   * @returns the address and the port that it listens on
   * @throws OperationError when it cannot listen there
   */
  async listen(): Promise<{ readonly address: string; readonly port: number }> {
    const { address: host, port } = this.#context.settings;
    await this.#addRoutes();
    const { server } = this.#app;
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) =>
        reject(
          new OperationError(`cannot listen on ${host ?? 'any address'}, port ${port}: ${oneLine(error)}`),
        ),
      );
      server.listen({ port, ...(host !== undefined && { host }) }, resolve);
    });
    // When the system cannot accept a connection, only that one is lost.
    server.on('error', (error) => this.#refusals.reportDrop(oneLine(error)));
    this.#ticker = setInterval(() => {
      this.#context.exchanges.dropSlow(this.#context.limits.answerTimeoutMs);
      this.#context.exchanges.probeHalfClosed();
      this.#context.relieveAnswers();
    }, this.#context.limits.tickMs);
    const bound = server.address();
    if (bound === null || typeof bound === 'string') throw new OperationError('the HTTP door has no port');
    return { address: bound.address, port: bound.port };
  }

  /** The memory of the bodies that are being read, or wait for their check. */
  get bodyBytes(): number {
    return this.#context.bodies.takenBytes;
  }

  /** How many requests wait for room in the storage. */
  get waitingForStorage(): number {
    return this.#context.storageRoom.waiting;
  }

  /**
   * Stops accepting connections, ends all waits, and answers the open requests. Connections that are left after
   * {@link HttpLimits.closeTimeoutMs} are dropped.
   */
  async close(): Promise<void> {
    this.#context.isStopping = true;
    this.#closeMore();
    const { connections, exchanges, limits } = this.#context;
    exchanges.abandonAll();
    connections.close();
    const drop = setTimeout(() => connections.dropAll(), limits.closeTimeoutMs);
    await this.#app.close();
    await this.#context.bodyChecks.close();
    clearTimeout(drop);
    clearInterval(this.#ticker);
  }

  /** Certificates may be good no more: what was asked for by one is not done, and its connection is ended. */
  #dropLost(log: Log): void {
    this.#context.exchanges.authorizeAgain();
    const dropped = this.#context.connections.dropLost();
    if (dropped > 0) log.info('revoke', 'success', { door: 'http', connections: dropped });
  }

  #newApp(): FastifyInstance {
    const { limits, maxBodyBytes } = this.#context;
    return fastify({
      logger: false,
      bodyLimit: maxBodyBytes,
      requestTimeout: limits.requestTimeoutMs + REQUEST_TIMEOUT_SLACK_MS,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      return503OnClosing: false,
      http: {
        maxHeaderSize: limits.maxHeaderBytes,
        headersTimeout: limits.headersTimeoutMs,
        requestTimeout: limits.requestTimeoutMs + REQUEST_TIMEOUT_SLACK_MS,
        connectionsCheckingInterval: limits.tickMs,
        // The door refuses a request without Host itself, with a problem (requests/admission.ts).
        requireHostHeader: false,
        noDelay: true,
      },
      routerOptions: { maxParamLength: MAX_PATH_BYTES },
      // A query with members that its schema does not know is refused, not trimmed.
      ajv: { customOptions: { removeAdditional: false } },
      frameworkErrors: (error, request, reply) => void this.#refusals.answer(error, request, reply),
      clientErrorHandler: (error, socket) => this.#broken.end(error, socket),
    });
  }

  async #addRoutes(): Promise<void> {
    const app = this.#app;
    app.removeAllContentTypeParsers();
    // A serializer made from each schema would take most of the start; openapi.test.ts holds the answers against the schemas.
    app.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
    // Routes read their bodies themselves (requests/body.ts); the framework reads none.
    app.addContentTypeParser('*', (_request, _payload, done) => done(null));
    app.addHook('onRoute', ({ url, method }) => this.#allowed.add(url, method));
    app.addHook('onRequest', (request, reply, done) => {
      this.#admit(request, reply);
      done();
    });
    app.addHook('preHandler', (request, _reply, done) => {
      const exchange = this.#context.exchangeOf(request);
      exchange.whenItsTurn(() =>
        done(exchange.isOver ? new Refusal('unavailable', 'nobody waits') : undefined),
      );
    });
    app.addHook('onSend', (request, reply, payload, done) => {
      const whole = withLineFeed(payload, reply.getHeader('content-type'));
      this.#prepareAnswer(request, reply, whole);
      done(null, whole);
    });
    app.setErrorHandler((error, request, reply) => this.#refusals.answer(error, request, reply));
    await gatherOpenApi(app);
    addBatchRoutes(app, this.#context);
    addAgencyRoutes(app, this.#context);
    addDrawRoutes(app, this.#context);
    addNumberRoutes(app, this.#context);
    addLogRoutes(app, this.#context);
    addControlRoutes(app, this.#context);
    addNoteListRoutes(app, this.#context);
    addNoteRoutes(app, this.#context);
    addOpenApiRoute(app);
    const more = this.#registerMore(app);
    this.#closeMore = () => more.close();
    await app.ready();
  }

  #admit(request: FastifyRequest, reply: FastifyReply): void {
    const exchange = this.#context.exchangeOf(request);
    reply.header('x-content-type-options', 'nosniff');
    if (exchange.requestId !== undefined) reply.header(REQUEST_ID_HEADER, exchange.requestId);
    admit(exchange, this.#context);
    // Before fastify looks at the Content-Type of a request that has no route.
    if (request.is404) throw noRoute(this.#allowed, exchange);
  }

  /** Called just before an answer is written. */
  #prepareAnswer(request: FastifyRequest, reply: FastifyReply, payload: unknown): void {
    const exchange = this.#context.exchangeOf(request);
    const isWhole = payload === null || typeof payload === 'string' || Buffer.isBuffer(payload);
    if (isWhole) {
      this.#context.countAnswer(exchange, payload === null ? 0 : Buffer.byteLength(payload));
      exchange.answeredAtMs = this.#context.clock.nowMs();
    }
    exchange.letPass();
    // Closing a connection on which a body still arrives resets it, and the client may lose the answer.
    if (hasMoreBody(request.raw)) discardRest(request.raw, this.#context);
    if (this.#context.isStopping) reply.header('connection', 'close');
  }

  #watchServer(server: Server): void {
    const { connections, exchanges, limits } = this.#context;
    // The router's own.
    const handlers = server.listeners('request');
    server.removeAllListeners('request');
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      // The one request too many was refused, and ends the connection: what was sent behind it costs nothing more.
      if (exchanges.countOf(request.socket) > limits.maxOpenRequestsOfConnection) return;
      exchanges.open(request, response, requestIdOf(request));
      if (connections.isSecured(request.socket)) response.setHeader(...STRICT_TRANSPORT);
      for (const handle of handlers) handle.call(server, request, response);
    });
    // A client that has closed its sending side still gets its answers, as over TCP (PROTOCOL.md, R23).
    Object.assign(server, { httpAllowHalfOpen: true });
    server.on('connect', ({ socket }) => this.#broken.endTunnel(socket));
    // 100 is sent when the body is read, if ever; other expectations may be ignored (RFC 9110, 10.1.1).
    for (const event of ['checkContinue', 'checkExpectation'] as const) {
      server.on(event, (request, response) => server.emit('request', request, response));
    }
    connections.watch(server, {
      dropped: (reason) => this.#refusals.reportDrop(reason),
      spokenInClear: (socket) => this.#broken.endClear(socket),
    });
  }
}

const TEXT_TYPE = /^(application\/json|text\/)/;

/** A text as the body of an answer: it ends with a line feed. Files, which are bytes, are sent as they are. */
function withLineFeed(payload: unknown, mediaType: unknown): unknown {
  if (typeof payload !== 'string' || payload.endsWith('\n')) return payload;
  return TEXT_TYPE.test(String(mediaType)) ? `${payload}\n` : payload;
}
