/** Runs once for all tabs of a browser that show this server's page, and shares one feed among them. */
import { FeedConnection } from './feed_connection';
import { FeedHub, PageMessage, Subscriber } from './model/feed_hub';

/** The types of workers do not go together with those of pages. */
declare const self: { onconnect: ((event: MessageEvent) => void) | null };

const CHECK_INTERVAL_MS = 1_000;

const hub = new FeedHub(
  (listener) => new FeedConnection(listener),
  () => performance.now(),
);
setInterval(() => hub.check(), CHECK_INTERVAL_MS);

self.onconnect = ({ ports: [port] }) => {
  if (port === undefined) return;
  const page: Subscriber = { tell: (message) => port.postMessage(message) };
  port.onmessage = ({ data }: MessageEvent<PageMessage>) => {
    if (data === 'watch') hub.watch(page);
    else hub.leave(page);
  };
};
