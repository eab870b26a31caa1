/** Handshakes that are begun and never ended, by the thousand: they cost those who began them, and nobody else. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, TLSSocket } from 'node:tls';

import { MAX_HANDSHAKES } from '../../server/doors/tls/limits';
import { tlsPortIn } from '../../tools/server_log';
import { Authority, Certificate } from '../support/certificates';
import { mutualTlsSettings } from '../support/mutual_tls';
import { Stage } from '../support/programs';
import { GoodAgency } from './hostile/good_agency';
import { Crowd } from './hostile/peers';
import { descriptorLimit, describeOnLinux, WatchedServer } from './hostile/watched_server';

const COUNT = 10_000;
/** What a process needs beside its connections. */
const OTHER_DESCRIPTORS = 500;
const MAX_MIB = 400;
/** A record with the beginning of a ClientHello (RFC 8446, 4.1.2 and 5.1): the rest never comes. */
const BEGINNING = Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]);

let stage: Stage;
let authority: Authority;
let environment: Record<string, string>;
beforeEach(async () => {
  stage = new Stage();
  authority = await Authority.make(stage.folder, 'ca');
  environment = {
    SERVER_TLS_PORT: '0',
    SERVER_TLS_ADDRESS: '127.0.0.1',
    ...(await mutualTlsSettings(authority)),
    MAX_CONNECTIONS: String(2 * COUNT),
    MAX_CONNECTIONS_PER_ADDRESS: String(2 * COUNT),
  };
});
afterEach(() => stage.close());

/** An agency's connection over TLS. */
async function connectTls(port: number, { certificate, key }: Certificate): Promise<TLSSocket> {
  const files = { ca: authority.certificate, cert: certificate, key };
  const [ca, cert, ownKey] = Object.values(files).map((file) => readFileSync(file));
  const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', ca, cert, key: ownKey });
  await once(socket, 'secureConnect');
  return socket;
}

async function echo(socket: TLSSocket): Promise<void> {
  socket.write('ECHO still here\n');
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString()).toBe('ECHO still here\n');
}

const testIfRoom =
  process.platform === 'linux' && descriptorLimit() >= COUNT + OTHER_DESCRIPTORS ? test : test.skip;

describeOnLinux(`${COUNT} handshakes that stall`, () => {
  testIfRoom(
    'are given up, and agencies are served all the while, on old connections and on new ones',
    async () => {
      const server = await WatchedServer.start({ folder: stage.path('ledger'), environment });
      try {
        const port = Number(await server.untilOutput(/port: (\d+) \| tls: true/).then(([, found]) => found));
        const mine = await authority.sign({ uri: 'lottery:agency-2' });
        const [agency, old] = [await GoodAgency.open(server.port, 1), await connectTls(port, mine)];
        const beforeMiB = server.residentMiB;
        const crowd = new Crowd();
        for (let opened = 0; opened < COUNT; opened += COUNT / 10) {
          const some = await Crowd.open(port, COUNT / 10);
          crowd.peers.push(...some.peers);
          await Promise.all(some.peers.map((peer) => peer.write(BEGINNING)));
          await agency.sendFor(50);
          await echo(old);
          const fresh = await connectTls(port, mine);
          await echo(fresh);
          fresh.destroy();
        }
        await Promise.all(crowd.peers.slice(0, COUNT - MAX_HANDSHAKES).map(({ closed }) => closed));
        expect(crowd.openCount).toBeLessThanOrEqual(MAX_HANDSHAKES);
        const peakMiB = server.peakMiB;
        process.stdout.write(
          `${COUNT} stalled handshakes: ${beforeMiB.toFixed(0)} MiB before, ${peakMiB.toFixed(0)} MiB at the most; ` +
            `${crowd.openCount} are left; ${agency.acknowledgedBets} bets were acknowledged meanwhile\n`,
        );
        expect(peakMiB).toBeLessThan(MAX_MIB);
        expect(tlsPortIn(server.output)).toBe(port);
        const { exit } = await server.stop();
        expect(exit).toBe(0);
        await crowd.drop();
        old.destroy();
        agency.close();
      } finally {
        await server.kill();
      }
    },
  );
});
