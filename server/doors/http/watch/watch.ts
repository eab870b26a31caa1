/**
 * What an operator watches the server with: the live page and its feed, the health checks and the metrics. Open to
 * anyone who reaches the door, since it is only numbers: no names, documents or bets.
 */
import type { FastifyInstance } from 'fastify';

import type { Clock } from '../../../../program/clock';
import { Refusal } from '../refusals/problem';
import { Feed } from './feed';
import { addHealthRoutes, NO_STORE } from './health';
import { SAMPLE_INTERVAL_MS } from './limits';
import { Metrics } from './metrics';
import { Observer } from './observer';
import { addPageRoutes } from './page_routes';
import { serverIdentity } from './server_identity';
import type { Watched } from './watched';

/**
 * Adds `/`, `/assets/*`, `/events`, `/healthz`, `/readyz` and `/metrics`, and samples the telemetry each second, so
 * that the page has a history when it is opened.
 *
 * @returns `close`, which ends the feeds and all that was started; to be called when the server stops
 */
export function registerWatch(app: FastifyInstance, watched: Watched): { close(): void } {
  const { telemetry, clock } = watched;
  const identity = serverIdentity(telemetry);
  const observer = new Observer(watched, identity);
  const feed = new Feed(identity.run);
  const metrics = new Metrics(watched, identity, () => feed.readers);
  let isStopping = false;
  const stopSampling = every(clock, SAMPLE_INTERVAL_MS, () => feed.send(observer.observe()));
  addHealthRoutes(app, telemetry, () => isStopping);
  addMetricsRoute(app, metrics);
  addFeedRoute(app, feed, observer);
  addPageRoutes(app);
  const close = (): void => {
    isStopping = true;
    stopSampling();
    feed.close();
    observer.close();
    metrics.close();
  };
  app.addHook('onClose', (_, done) => {
    close();
    done();
  });
  return { close };
}

function addMetricsRoute(app: FastifyInstance, metrics: Metrics): void {
  const schema = {
    operationId: 'getMetrics',
    summary: 'Metrics, in the text format of Prometheus',
    response: textResponse('The metrics.', 'text/plain'),
  };
  app.get('/metrics', { schema }, async (_, reply) =>
    reply
      .headers(NO_STORE)
      .header('content-type', metrics.contentType)
      .send(await metrics.text()),
  );
}

function addFeedRoute(app: FastifyInstance, feed: Feed, observer: Observer): void {
  const schema = {
    operationId: 'getEvents',
    summary: 'What happens, second by second, as server-sent events: only totals',
    response: textResponse('The events `state` and `change`, without end.', 'text/event-stream'),
  };
  // No route for HEAD: its answer would never end.
  app.get('/events', { exposeHeadRoute: false, schema }, (_, reply) => {
    if (!feed.hasRoom) throw new Refusal('unavailable', 'too many read the feed: try again later');
    const headers = reply.getHeaders();
    reply.hijack();
    feed.open(reply.raw, headers, observer.state());
  });
}

function textResponse(description: string, mediaType: string): object {
  return { 200: { description, content: { [mediaType]: { schema: { type: 'string' } } } } };
}

/** Calls `call` at intervals. @returns stops it */
function every(clock: Clock, intervalMs: number, call: () => void): () => void {
  let cancel: () => void = () => undefined;
  const next = (): void => {
    cancel = clock.after(intervalMs, () => {
      next();
      call();
    });
  };
  next();
  return () => cancel();
}
