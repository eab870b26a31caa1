/**
 * What an operator watches the server by: the live page with its feed, the health checks and the metrics. Open to
 * whoever reaches the door: numbers alone, no names, documents or bets.
 */
import type { FastifyInstance } from 'fastify';

import type { Clock } from '../../../../program/clock';
import type { Telemetry } from '../../../telemetry/telemetry';
import { Refusal } from '../refusals/problem';
import { Feed } from './feed';
import { addHealthRoutes, NO_STORE } from './health';
import { SAMPLE_INTERVAL_MS } from './limits';
import { Metrics } from './metrics';
import { Observer } from './observer';
import { addPageRoutes } from './page_routes';

/**
 * Adds `/`, `/assets/*`, `/events`, `/healthz`, `/readyz` and `/metrics`, and looks at the telemetry each second from
 * now on, so that the page has its history when it is opened.
 *
 * @returns `close` ends the feeds and everything that was started; for the moment when the server stops
 */
export function registerWatch(app: FastifyInstance, telemetry: Telemetry, clock: Clock): { close(): void } {
  const observer = new Observer(telemetry, clock);
  const feed = new Feed(String(telemetry.startedAtMs));
  const metrics = new Metrics(telemetry, clock);
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
    summary: 'What happens, second by second, as server-sent events: sums alone',
    response: textResponse('The events `state` and `change`, without end.', 'text/event-stream'),
  };
  // Without a route for HEAD: its answer would never end.
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

/** Calls again and again. */
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
