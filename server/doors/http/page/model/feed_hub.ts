/** One feed for many pages: a browser opens only six connections to a server, and each feed takes one of them. */
import type { Connection } from './freshness';

/** A page that is not heard of for so long is gone: a browser does not tell of all that close. */
const GONE_AFTER_MS = 10_000;

/** The events of a feed. */
export type FeedEventName = 'state' | 'change';

/** What a page is told. */
export type HubMessage =
  | { readonly kind: 'event'; readonly name: FeedEventName; readonly data: string }
  | { readonly kind: 'connection'; readonly connection: Connection };

/** What a page tells: that it is there and shows the feed, at intervals; or that it does so no more. */
export type PageMessage = 'watch' | 'leave';

/** What is done with a feed. */
export interface FeedConnectionListener {
  came(name: FeedEventName, data: string): void;
  changed(connection: Connection): void;
}

/** A feed that is open until it is closed. */
export interface ClosableFeed {
  close(): void;
}

/** A page. */
export interface Subscriber {
  tell(message: HubMessage): void;
}

/**
 * Shares a feed among the pages that watch it; it is closed while none does. For each page that comes the feed is opened
 * anew, since only then it tells everything; the former one goes on until the new one has told it.
 */
export class FeedHub {
  readonly #open: (listener: FeedConnectionListener) => ClosableFeed;
  readonly #nowMs: () => number;
  readonly #seenAtMs = new Map<Subscriber, number>();
  #feed: ClosableFeed | undefined;
  #next: ClosableFeed | undefined;
  #connection: Connection = 'connecting';

  constructor(open: (listener: FeedConnectionListener) => ClosableFeed, nowMs: () => number) {
    this.#open = open;
    this.#nowMs = nowMs;
  }

  /** A page is there. */
  watch(page: Subscriber): void {
    const isNew = !this.#seenAtMs.has(page);
    this.#seenAtMs.set(page, this.#nowMs());
    if (isNew) this.#openFor();
    page.tell({ kind: 'connection', connection: this.#connection });
  }

  /** A page is gone, or hidden. */
  leave(page: Subscriber): void {
    this.#seenAtMs.delete(page);
    if (this.#seenAtMs.size > 0) return;
    this.#feed?.close();
    this.#next?.close();
    this.#feed = undefined;
    this.#next = undefined;
    this.#connection = 'connecting';
  }

  /** Gives up the pages that are not heard of any more. To be called at intervals. */
  check(): void {
    const nowMs = this.#nowMs();
    for (const [page, seenAtMs] of this.#seenAtMs) if (nowMs - seenAtMs > GONE_AFTER_MS) this.leave(page);
  }

  #openFor(): void {
    this.#next?.close();
    const isCurrent = (): boolean => this.#feed === feed;
    const feed = this.#open({
      came: (name, data) => {
        if (name === 'state' && this.#next === feed) this.#replaceBy(feed);
        if (isCurrent()) this.#tellAll({ kind: 'event', name, data });
      },
      changed: (connection) => {
        if (isCurrent()) this.#changed(connection);
      },
    });
    if (this.#feed === undefined) this.#feed = feed;
    else this.#next = feed;
  }

  #replaceBy(feed: ClosableFeed): void {
    this.#feed?.close();
    this.#feed = feed;
    this.#next = undefined;
    this.#changed('open');
  }

  #changed(connection: Connection): void {
    this.#connection = connection;
    this.#tellAll({ kind: 'connection', connection });
  }

  #tellAll(message: HubMessage): void {
    for (const page of this.#seenAtMs.keys()) page.tell(message);
  }
}
