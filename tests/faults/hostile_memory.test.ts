/** Those who promise much, or keep much unfinished: the server's memory is bounded, and others are served. */
import { Stage } from '../support/programs';
import { betHeader } from '../support/wire';
import { countBets } from './hostile/ledger_view';
import { GoodAgency } from './hostile/good_agency';
import { Crowd, Peer, sendWithoutEnd } from './hostile/peers';
import { describeOnLinux, WatchedServer } from './hostile/watched_server';

const HOSTILE = 50;
/** So many of them really send what they promise. */
const SENDING = 5;
const DEAF = 500;
/**
 * What all together may leave untaken is 64 MiB; the good agency's bets, and what the heap leaves lying, come to 80 to 150
 * MiB more. Bounded for each peer alone, at half a MiB, they would take 266 MiB besides those.
 */
const MAX_DEAF_MIB = 260;
const PROMISED_BYTES = 99_999_999;
const CHUNK = Buffer.alloc(1024 * 1024, 'x');
const LIMIT_BYTES = 4_194_304;

let stage: Stage;
let server: WatchedServer;
let agency: GoodAgency;

beforeEach(async () => {
  stage = new Stage();
  server = await WatchedServer.start({ folder: stage.path('ledger') });
  agency = await GoodAgency.open(server.port, 1);
});

afterEach(async () => {
  agency.close();
  await server.kill();
  await stage.close();
});

/** Sends the header, and the payload too if it is to, until all is sent or the connection is closed. */
async function promiseMuch(peer: Peer, sends: boolean): Promise<void> {
  await peer.write(betHeader(PROMISED_BYTES, 9_999, 1));
  await peer.until(/^ERR,\d{8}1,too-large,.*\n/);
  for (let left = sends ? PROMISED_BYTES : 0; left > 0 && !peer.isClosed; left -= CHUNK.length)
    await peer.write(CHUNK.subarray(0, Math.min(left, CHUNK.length)));
}

function report(what: string): void {
  process.stdout.write(
    `${what}: ${server.peakMiB.toFixed(0)} MiB at the most, ${agency.acknowledgedBets} bets meanwhile\n`,
  );
}

function sentMiB({ peers }: Crowd): string {
  const bytes = peers.reduce((sum, { socket }) => sum + socket.bytesWritten, 0);
  return (bytes / 1024 / 1024).toFixed(0);
}

async function expectLedgerHoldsTheGood(): Promise<void> {
  const acknowledged = agency.acknowledgedBets;
  agency.close();
  expect((await server.stop()).exit).toBe(0);
  expect(countBets(stage.path('ledger'))).toBe(acknowledged);
}

describeOnLinux('the memory of the server', () => {
  test(`${HOSTILE} headers that promise ${PROMISED_BYTES} bytes are refused on the header alone`, async () => {
    // They keep their side open: the server closes its own with the refusal.
    const crowd = await Crowd.open(server.port, HOSTILE, { allowHalfOpen: true });
    await agency.sendWhile(() =>
      Promise.all(crowd.peers.map((peer, index) => promiseMuch(peer, index < SENDING))),
    );
    for (const { received } of crowd.peers) expect(received).toMatch(/^ERR,\d{8}1,too-large,[^\n]*\n$/);
    report(
      `${HOSTILE} headers of ${PROMISED_BYTES} bytes, ${SENDING} of them sent, ${sentMiB(crowd)} MiB in all`,
    );
    expect(server.peakMiB).toBeLessThan(250);
    await crowd.drop();
    await expectLedgerHoldsTheGood();
  });

  test(`${HOSTILE} messages of ${LIMIT_BYTES} bytes that lack their end are held up to a bound`, async () => {
    const almost = Buffer.concat([
      Buffer.from(betHeader(LIMIT_BYTES, 9_999, 1)),
      Buffer.alloc(LIMIT_BYTES, 'x'),
    ]);
    const crowd = await Crowd.open(server.port, HOSTILE);
    await agency.sendWhile(async () => {
      await Promise.all(crowd.peers.map((peer) => peer.write(almost)));
      await Promise.any(crowd.peers.map((peer) => peer.until(/^ERR,/)));
    });
    const refused = crowd.peers.filter(({ received }) => received !== '');
    for (const { received } of refused) expect(received).toMatch(/^ERR,\d{8}0,unavailable,[^\n]*\n$/);
    report(`${HOSTILE} unfinished messages of ${LIMIT_BYTES} bytes, ${refused.length} refused`);
    expect(server.peakMiB).toBeLessThan(300);
    await crowd.drop();
    await expectLedgerHoldsTheGood();
  });

  test(`${DEAF} peers that never take their replies are held up to a bound, then closed`, async () => {
    const echo = Buffer.from(`ECHO ${'x'.repeat(1_018)}\n`.repeat(64));
    const beforeMiB = server.residentMiB;
    const crowd = await Crowd.open(server.port, DEAF, { reads: false });
    const sending = crowd.peers.map((peer) => sendWithoutEnd(peer, echo, () => false));
    await agency.sendWhile(() => Promise.any(crowd.peers.map(({ closed }) => closed)));
    const moreMiB = server.peakMiB - beforeMiB;
    report(
      `${DEAF} peers that never take their replies, ${crowd.openCount} left, ${moreMiB.toFixed(0)} MiB more`,
    );
    // Long before the time of those that are silent.
    expect(crowd.openCount).toBeGreaterThan(0);
    expect(moreMiB).toBeLessThan(MAX_DEAF_MIB);
    await crowd.drop();
    await Promise.all(sending);
    await expectLedgerHoldsTheGood();
  });
});
