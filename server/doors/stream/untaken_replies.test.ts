/** Peers that do not take their replies, all together. */
import { settled } from '../../testing/settled';
import { DEAF_AFTER_MS, MAX_UNSENT_BYTES, MAX_UNTAKEN_BYTES, SMALL_SHARE_BYTES } from './limits';
import { LinePeer, StreamBench } from './testing/stream_bench';

const LARGE_BYTES = MAX_UNSENT_BYTES / 2;

let bench = new StreamBench();

beforeEach(() => {
  bench = new StreamBench();
});

/** A peer that has not taken so much. */
async function deafPeer(bytes: number): Promise<LinePeer> {
  const peer = bench.connect();
  peer.wire.unsentBytes = bytes;
  await peer.send('say 1\n');
  return peer;
}

/** As many peers as hold a little more than the bound allows. */
async function fill(): Promise<LinePeer[]> {
  const peers: LinePeer[] = [];
  while (bench.context.untaken.bytes <= MAX_UNTAKEN_BYTES) peers.push(await deafPeer(LARGE_BYTES));
  return peers;
}

const relieve = (): void => bench.context.untaken.relieve();

test('over the bound, who holds more than a small share is read no further, and who holds less is', async () => {
  const small = await deafPeer(SMALL_SHARE_BYTES - 100);
  const large = await deafPeer(SMALL_SHARE_BYTES + 100);
  await fill();
  await small.send('say 2\n');
  await large.send('say 2\n');
  expect(small.replies).toEqual(['1', '2']);
  expect(large.replies).toEqual(['1']);
  expect(large.wire.isPaused).toBe(true);
});

test('it is read on when others have made room, though it has taken nothing', async () => {
  const large = await deafPeer(SMALL_SHARE_BYTES + 100);
  const others = await fill();
  await large.send('say 2\n');
  for (const one of others) one.wire.close(one.connection);
  await large.wait(250);
  expect(large.replies).toEqual(['1', '2']);
  expect(large.wire.isPaused).toBe(false);
});

test('those that have taken nothing for longest are dropped, until the others are within the bound', async () => {
  const first = await deafPeer(LARGE_BYTES);
  await first.wait(1_000);
  const second = await deafPeer(LARGE_BYTES);
  await second.wait(1_000);
  const others = await fill();
  const [third] = others;
  relieve();
  expect([first, second].map(({ wire }) => wire.isDestroyed)).toEqual([true, false]);
  await deafPeer(LARGE_BYTES);
  bench.clock.advance(DEAF_AFTER_MS - 1_000);
  relieve();
  expect(second.wire.isDestroyed).toBe(true);
  expect(third?.wire.isDestroyed).toBe(false);
  expect(bench.context.untaken.bytes).toBeLessThanOrEqual(MAX_UNTAKEN_BYTES);
});

test('within the bound, nobody is dropped before its time', async () => {
  const peer = await deafPeer(LARGE_BYTES);
  bench.clock.advance(2 * DEAF_AFTER_MS);
  relieve();
  expect(peer.wire.isDestroyed).toBe(false);
});

test('who takes something, or holds little, is not dropped', async () => {
  const small = await deafPeer(SMALL_SHARE_BYTES);
  const taking = await deafPeer(2 * LARGE_BYTES);
  const others = await fill();
  taking.connection.tick();
  bench.clock.advance(DEAF_AFTER_MS);
  taking.wire.unsentBytes -= 1;
  taking.connection.tick();
  relieve();
  expect(small.wire.isDestroyed || taking.wire.isDestroyed).toBe(false);
  expect(others.filter(({ wire }) => wire.isDestroyed).length).toBeGreaterThan(0);
});

test('what a deaf peer has sent beyond is counted with it', async () => {
  const peer = await deafPeer(LARGE_BYTES);
  const before = bench.context.untaken.bytes;
  peer.wire.unreadBytes = 60_000;
  peer.connection.tick();
  expect(bench.context.untaken.bytes).toBe(before + 60_000);
});

test('what was taken, and what the peers held that have gone, is free', async () => {
  const [taking, ...others] = await fill();
  taking!.wire.unsentBytes = 0;
  taking!.connection.drained();
  for (const one of others) one.wire.close(one.connection);
  await settled();
  expect(bench.context.untaken.bytes).toBe(0);
});
