import { FeedConnectionListener, FeedHub, HubMessage, Subscriber } from './feed_hub';

class FakeFeed {
  isClosed = false;
  constructor(readonly listener: FeedConnectionListener) {}
  close(): void {
    this.isClosed = true;
  }
}

class FakePage implements Subscriber {
  readonly told: HubMessage[] = [];
  tell(message: HubMessage): void {
    this.told.push(message);
  }
  get events(): string[] {
    return this.told.flatMap((message) =>
      message.kind === 'event' ? [`${message.name} ${message.data}`] : [],
    );
  }
  get connection(): string | undefined {
    return this.told.flatMap((message) => (message.kind === 'connection' ? [message.connection] : [])).at(-1);
  }
}

let feeds: FakeFeed[];
let nowMs: number;
let hub: FeedHub;
beforeEach(() => {
  feeds = [];
  nowMs = 0;
  hub = new FeedHub(
    (listener) => {
      const feed = new FakeFeed(listener);
      feeds.push(feed);
      return feed;
    },
    () => nowMs,
  );
});

const openFeeds = (): FakeFeed[] => feeds.filter(({ isClosed }) => !isClosed);

test('there is one feed, however many pages watch it, and each is told everything when it comes', () => {
  const pages = Array.from({ length: 20 }, () => new FakePage());
  for (const [index, page] of pages.entries()) {
    hub.watch(page);
    const newest = openFeeds().at(-1)!;
    newest.listener.changed('open');
    newest.listener.came('state', String(index));
    expect(openFeeds()).toEqual([newest]);
  }
  openFeeds()[0]!.listener.came('change', 'x');
  for (const [index, page] of pages.entries()) {
    expect(page.events[0]).toBe(`state ${index}`);
    expect(page.events.at(-1)).toBe('change x');
    expect(page.connection).toBe('open');
  }
});

test('the former feed goes on until the new one has told its state', () => {
  const [first, second] = [new FakePage(), new FakePage()];
  hub.watch(first);
  feeds[0]!.listener.changed('open');
  feeds[0]!.listener.came('state', 'one');
  hub.watch(second);
  feeds[1]!.listener.changed('connecting');
  feeds[0]!.listener.came('change', 'two');
  expect(first.events).toEqual(['state one', 'change two']);
  expect(first.connection).toBe('open');
  feeds[1]!.listener.came('state', 'three');
  feeds[0]!.listener.came('change', 'late');
  expect(first.events).toEqual(['state one', 'change two', 'state three']);
  expect(second.events).toEqual(['change two', 'state three']);
});

test('the feed is closed while nobody watches, and opened again', () => {
  const page = new FakePage();
  hub.watch(page);
  hub.leave(page);
  expect(openFeeds()).toEqual([]);
  feeds[0]!.listener.came('change', 'late');
  expect(page.events).toEqual([]);
  hub.watch(page);
  expect(openFeeds()).toHaveLength(1);
});

test('a page that says so at intervals is still there; one that says nothing is gone', () => {
  const [here, gone] = [new FakePage(), new FakePage()];
  hub.watch(here);
  hub.watch(gone);
  const opened = feeds.length;
  for (nowMs = 0; nowMs <= 12_000; nowMs += 2_000) {
    hub.watch(here);
    hub.check();
  }
  expect(feeds).toHaveLength(opened);
  const told = gone.told.length;
  openFeeds()[0]!.listener.came('change', 'x');
  expect(gone.told).toHaveLength(told);
  expect(here.events).toEqual(['change x']);
  nowMs += 12_000;
  hub.check();
  expect(openFeeds()).toEqual([]);
});

test('pages are told that the connection is lost, also those that come then', () => {
  const [first, second] = [new FakePage(), new FakePage()];
  hub.watch(first);
  feeds[0]!.listener.changed('open');
  feeds[0]!.listener.changed('closed');
  hub.watch(second);
  expect([first.connection, second.connection]).toEqual(['closed', 'closed']);
});
