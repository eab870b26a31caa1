import type { IncomingMessage, Server, ServerResponse } from 'node:http';

import { fastify, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { Clock } from '../../../program/clock';
import { OperationError, oneLine } from '../../../program/exit';
import { Log } from '../../../program/log';
import { Lottery } from '../../lottery/lottery';
import { nothingThere, REQUEST_ID_HEADER, requestIdOf, requireSoundRequest } from './requests/admission';
import { addAgencyRoutes } from './routes/agency_routes';
import { AllowedMethods } from './requests/allowed_methods';
import { addBatchRoutes } from './routes/batch_routes';
import { discardRest, hasMoreBody } from './requests/body';
import { BrokenRequests } from './refusals/broken_requests';
import { addDrawRoutes } from './routes/draw_routes';
import { HTTP_LIMITS, HttpLimits, MAX_PATH_BYTES } from './limits';
import { addOpenApiRoute, gatherOpenApi } from './routes/openapi';
import { Refusals } from './refusals/refusals';
import type { HttpDoorSettings } from './settings';
import { HttpSurroundings } from './context';
import { registerWatch } from './watch/watch';

/** Beyond its own timeout the door leaves a request to the one of `node:http`, which cannot tell why it closes. */
const REQUEST_TIMEOUT_SLACK_MS = 5_000;

/** Adds further routes. @returns what ends them when the door stops */
export type RegisterMore = (app: FastifyInstance) => { close(): void };

/**
 * The HTTP door: the lottery's operations as resources (docs/HTTP.md), beside what an operator watches the server by.
 *
 * It translates and decides nothing: whatever it answers stands in the audit log first.
 */
export class HttpDoor {
  readonly #door: HttpSurroundings;
  readonly #refusals: Refusals;
  readonly #broken: BrokenRequests;
  readonly #allowed = new AllowedMethods();
  readonly #app: FastifyInstance;
  readonly #registerMore: RegisterMore;
  #closeMore: () => void = () => undefined;
  #ticker: NodeJS.Timeout | undefined;
  #connections = 0;

  /**
   * @param registerMore adds the routes beside the API: the page, its feed, the health checks and the metrics when
   *   left out
   * @param limits other bounds, for tests
   */
  constructor(
    lottery: Lottery,
    settings: HttpDoorSettings,
    clock: Clock,
    log: Log,
    registerMore: RegisterMore = (app) => registerWatch(app, lottery.telemetry, clock),
    limits: HttpLimits = HTTP_LIMITS,
  ) {
    this.#door = new HttpSurroundings(lottery, settings, clock, limits);
    this.#refusals = new Refusals(this.#door, log);
    this.#broken = new BrokenRequests(this.#door.visits, this.#refusals, limits);
    this.#registerMore = registerMore;
    this.#app = this.#newApp();
    this.#watchServer(this.#app.server);
    lottery.telemetry.watchConnections('http', () => this.#connections);
  }

  /**
   * Begins to accept connections.
   *
   * @returns the address and the port
   * @throws OperationError when the port cannot be had
   */
  async listen(): Promise<{ readonly address: string; readonly port: number }> {
    const { address: host, port } = this.#door.settings;
    await this.#addRoutes();
    const { server } = this.#app;
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) =>
        reject(new OperationError(`cannot listen on ${host}, port ${port}: ${oneLine(error)}`)),
      );
      server.listen({ host, port }, resolve);
    });
    // A connection that the system cannot give is the loss of that one alone.
    server.on('error', (error) => this.#refusals.reportDrop(oneLine(error)));
    this.#ticker = setInterval(
      () => this.#door.visits.dropSlow(this.#door.limits.answerTimeoutMs),
      this.#door.limits.tickMs,
    );
    const bound = server.address();
    if (bound === null || typeof bound === 'string') throw new OperationError('the HTTP door has no port');
    return { address: bound.address, port: bound.port };
  }

  /**
   * Stops accepting, ends all waits, and answers what is being answered; what is left after
   * {@link HttpLimits.closeTimeoutMs} is dropped.
   */
  async close(): Promise<void> {
    this.#door.isStopping = true;
    this.#closeMore();
    this.#door.visits.abandonAll();
    const drop = setTimeout(() => this.#app.server.closeAllConnections(), this.#door.limits.closeTimeoutMs);
    await this.#app.close();
    clearTimeout(drop);
    clearInterval(this.#ticker);
  }

  #newApp(): FastifyInstance {
    const { limits, maxBodyBytes } = this.#door;
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
        // The door refuses such requests itself, with a problem.
        requireHostHeader: false,
        noDelay: true,
      },
      routerOptions: { maxParamLength: MAX_PATH_BYTES },
      // A query that is not as its schema says is refused, nothing is left out of it.
      ajv: { customOptions: { removeAdditional: false } },
      frameworkErrors: (error, request, reply) => void this.#refusals.answer(error, request, reply),
      clientErrorHandler: (error, socket) => this.#broken.end(error, socket),
    });
  }

  async #addRoutes(): Promise<void> {
    const app = this.#app;
    app.removeAllContentTypeParsers();
    // A route reads its body by itself; where none is read, what comes is not looked at.
    app.addContentTypeParser('*', (_request, _payload, done) => done(null));
    app.addHook('onRoute', ({ url, method }) => this.#allowed.add(url, method));
    app.addHook('onRequest', (request, reply, done) => {
      this.#admit(request, reply);
      done();
    });
    app.addHook('onSend', (request, reply, payload, done) => {
      this.#prepareAnswer(request, reply, payload);
      done();
    });
    app.setErrorHandler((error, request, reply) => this.#refusals.answer(error, request, reply));
    app.setNotFoundHandler((request) => {
      throw nothingThere(this.#allowed, this.#door.visitOf(request));
    });
    await gatherOpenApi(app);
    addBatchRoutes(app, this.#door);
    addAgencyRoutes(app, this.#door);
    addDrawRoutes(app, this.#door);
    addOpenApiRoute(app);
    const more = this.#registerMore(app);
    this.#closeMore = () => more.close();
    await app.ready();
  }

  #admit(request: FastifyRequest, reply: FastifyReply): void {
    const visit = this.#door.visitOf(request);
    reply.header('x-content-type-options', 'nosniff');
    if (visit.requestId !== undefined) reply.header(REQUEST_ID_HEADER, visit.requestId);
    requireSoundRequest(this.#door, visit);
    if (request.is404) throw nothingThere(this.#allowed, visit);
  }

  /** An answer is about to be written. */
  #prepareAnswer(request: FastifyRequest, reply: FastifyReply, payload: unknown): void {
    const visit = this.#door.visitOf(request);
    const isWhole = payload === null || typeof payload === 'string' || Buffer.isBuffer(payload);
    if (isWhole) visit.answeredAtMs = this.#door.clock.nowMs();
    // Closing at once while a body comes could take the answer along.
    if (hasMoreBody(request.raw)) discardRest(request.raw, this.#door);
    if (this.#door.isStopping) reply.header('connection', 'close');
  }

  #watchServer(server: Server): void {
    const { visits, limits } = this.#door;
    server.maxConnections = limits.maxConnections;
    server.prependListener('request', (request: IncomingMessage, response: ServerResponse) =>
      visits.open(request, response, requestIdOf(request)),
    );
    // The body is asked for when it is read, if ever; other expectations may be passed over (RFC 9110, 10.1.1).
    for (const event of ['checkContinue', 'checkExpectation'] as const) {
      server.on(event, (request, response) => server.emit('request', request, response));
    }
    server.on('connection', (socket) => {
      this.#connections++;
      socket.once('close', () => this.#connections--);
    });
    server.on('drop', () => this.#refusals.reportDrop(`more than ${limits.maxConnections} connections`));
  }
}
