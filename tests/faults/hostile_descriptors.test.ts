/** A server that may have few descriptors, and more connections than these. */
import { setTimeout as pause } from 'node:timers/promises';

import { Stage } from '../support/programs';
import { dataFile, winnersOf } from '../support/data';
import { GoodAgency } from './hostile/good_agency';
import { Crowd } from './hostile/peers';
import { describeOnLinux, WatchedServer } from './hostile/watched_server';

const DESCRIPTORS = 64;
const HOSTILE = 200;
const MEASURED_MS = 2_000;
/** What a server that waits may take of one core. */
const MAX_CPU_PERCENT = 50;
const MAX_MORE_LINES = 10;
const WINNER_NUMBER = 7;

let stage: Stage;
let server: WatchedServer;

beforeEach(async () => {
  stage = new Stage();
  server = await WatchedServer.start({
    folder: stage.path('ledger'),
    environment: { AGENCIES: '1', LOTTERY_WINNER_NUMBER: String(WINNER_NUMBER) },
    descriptors: DESCRIPTORS,
  });
});

afterEach(async () => {
  await server.kill();
  await stage.close();
});

describeOnLinux(
  `a server with ${DESCRIPTORS} descriptors and ${HOSTILE} connections that take them all`,
  () => {
    test('does not spin, does not fill its log, and agencies finish when the others have gone', async () => {
      const linesBefore = server.lineCount;
      const crowd = await Crowd.open(server.port, HOSTILE);
      const agency = stage.startAgency(1, server.port, { CLI_DATA_FILE: dataFile(1) });
      await agency.untilOutput(/action: connect \| result: (in_progress|fail)/);

      const cpuBeforeMs = server.cpuMs;
      await pause(MEASURED_MS);
      const cpuPercent = ((server.cpuMs - cpuBeforeMs) / MEASURED_MS) * 100;
      const moreLines = server.lineCount - linesBefore;
      process.stdout.write(
        `${HOSTILE} connections, ${DESCRIPTORS} descriptors: ${crowd.openCount} kept, ` +
          `${cpuPercent.toFixed(0)} % of a core, ${moreLines} lines logged\n`,
      );
      expect(cpuPercent).toBeLessThan(MAX_CPU_PERCENT);
      expect(moreLines).toBeLessThan(MAX_MORE_LINES);

      await crowd.drop();
      expect(await agency.exit).toBe(0);
      const winners = winnersOf(dataFile(1), WINNER_NUMBER);
      expect(agency.output).toContain(`cant_ganadores: ${winners.length}`);
    });

    test('tells the operator in its log that connections are dropped', async () => {
      const crowd = await Crowd.open(server.port, HOSTILE);
      await server.untilOutput(/action: accept_connections \| result: fail/);
      await crowd.drop();
    }, 10_000);

    test('still stores, draws and answers for an agency that is connected', async () => {
      const agency = await GoodAgency.open(server.port, 1);
      const crowd = await Crowd.open(server.port, HOSTILE);
      await agency.sendFor(300);
      // The draw needs descriptors of its own.
      const documents = await agency.finish();
      const won = agency.acknowledged.filter((line) => line.endsWith(`,${WINNER_NUMBER}`));
      expect(documents).toEqual(won.map((line) => line.split(',')[4]));
      expect(server.output).not.toMatch(/result: fail \| error/);
      agency.close();
      await crowd.drop();
    }, 15_000);
  },
);
