/** A log that cannot be written, beside a ledger that can: bets are acknowledged, and receipts come later. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { LogKey, makeLogKey } from '../support/log_key';
import { Program } from '../support/programs';
import { RawClient } from '../support/raw_client';
import { batchLine } from '../support/wire';
import { sendBatch } from './storage/bet_client';
import { Fault } from './storage/layer';
import { Play } from './storage/play';
import { TIMEOUT_MS } from './storage/seed';
import { layerTests } from './storage/setting';
import { compareCheckpoints, runVerifier } from './log_crash/log_check';

const { test: layerTest, setUp } = layerTests();

const BATCHES = 30;
const WARNING = /action: write_receipts \| result: fail \| error: [^\n]*/;
/** All checks hold; no outside clock says when. */
const EXIT_TRUE_SO_FAR = 3;

interface Opened {
  readonly play: Play;
  readonly key: LogKey;
  readonly server: Program;
}

/** A server that gives receipts has taken batch 1 of agency 1. */
async function open(agencies: number): Promise<Opened> {
  const play = setUp({ agencies, batches: BATCHES, betsInBatch: 3, window: 4 });
  const key = makeLogKey(play.stage.path('key'));
  const server = await play.server.start(key.environment);
  expect(await sendBatch(play.server.port, play.scene, 1, 1)).toMatch(/^ACK,/);
  await receiptOf(play.server.port, 1);
  return { play, key, server };
}

/** What is answered to one request for a receipt; empty for none yet. */
async function ask(port: number, batchId: number): Promise<string> {
  const client = await RawClient.open(port);
  client.write(batchLine('RCP', 1, batchId));
  const reply = await client.readReply();
  client.close();
  expect(reply).toMatch(/^RCP,\d{8}/);
  return reply.slice(12);
}

/** Asks until it is there. */
async function receiptOf(port: number, batchId: number): Promise<string> {
  for (;;) {
    const receipt = await ask(port, batchId);
    if (receipt !== '') return receipt;
  }
}

/** What everything that the log signed has become, and whether agency 1's receipts are of it. */
function expectOneLog({ play, key }: Opened, texts: readonly string[]): void {
  const bundle = join(play.server.disk, 'ledger', 'log');
  const notes = new Set(texts.map((text) => text.slice(text.indexOf('\n\n') + 2)));
  expect(compareCheckpoints(bundle, key.verifierKey, notes)).toEqual([]);
  const rows = readFileSync(play.stage.path('agency-1.csv'), 'utf8');
  const receipts = texts.map((text, index) => ({ agency: 1, batchId: index, text }));
  const own = { agency: 1, rows, winners: play.scene.winnersOf(1), receipts };
  const { exit, output } = runVerifier(bundle, key, own, play.stage.path('own'));
  expect(`${exit} ${output}`).toMatch(new RegExp(`^${EXIT_TRUE_SO_FAR} `));
  expect(readdirSync(bundle).filter((name) => name.endsWith('.tmp'))).toEqual([]);
}

/** Faults that meet the files of the log alone: no other is written under a name with this end. */
const FAULTS: readonly [string, readonly Fault[]][] = [
  ['finds no room', [{ call: 'write', suffix: '.tmp', action: 'ENOSPC' }]],
  ['finds no room in the middle', [{ call: 'write', suffix: '.tmp', action: 'TORN' }]],
  ['cannot be synced', [{ call: 'sync', suffix: '.tmp', action: 'EIO' }]],
  ['cannot be opened', [{ call: 'open', suffix: '.tmp', action: 'EIO' }]],
];

describe('a log that cannot be written', () => {
  layerTest.each(FAULTS)(
    'because it %s: bets are acknowledged, a warning is logged, and receipts come when it can be again',
    async (_, faults) => {
      const opened = await open(1);
      const { play, server } = opened;
      const { port } = play.server;
      const before = await receiptOf(port, 1);
      play.server.setFaults(faults);
      for (let batchId = 2; batchId < BATCHES; batchId++)
        expect(await sendBatch(port, play.scene, 1, batchId)).toMatch(/^ACK,/);
      await server.untilOutput(WARNING);
      expect(await ask(port, BATCHES - 1)).toBe('');
      expect(await sendBatch(port, play.scene, 1, BATCHES)).toMatch(/^ACK,/);
      play.server.setFaults([]);
      const receipts = [before, await receiptOf(port, BATCHES - 1), await receiptOf(port, BATCHES)];
      await play.expectWinners(play.startAgencies());
      receipts.push(await receiptOf(port, 0));
      await server.untilOutput(/action: sorteo \| result: success/);
      server.signal('SIGTERM');
      expect([await server.exit, server.errors]).toEqual([0, '']);
      expectOneLog(opened, receipts);
    },
    TIMEOUT_MS,
  );

  layerTest(
    'at the end of the sale: the draw waits for the seal, and is held when it can be written',
    async () => {
      const opened = await open(2);
      const { play, server } = opened;
      play.server.setFaults(FAULTS[0]![1]);
      const agencies = play.startAgencies();
      await server.untilOutput(WARNING);
      await server.untilOutput(/agency: 1 \| batch: 30 /);
      play.server.setFaults([]);
      await play.expectWinners(agencies);
      const receipts = [await receiptOf(play.server.port, 0), await receiptOf(play.server.port, BATCHES)];
      server.signal('SIGTERM');
      expect([await server.exit, server.errors]).toEqual([0, '']);
      expectOneLog(opened, receipts);
    },
    TIMEOUT_MS,
  );

  layerTest(
    'at the start: the server says so in one line and takes no bets',
    async () => {
      const { play, key, server } = await open(1);
      server.signal('SIGTERM');
      expect(await server.exit).toBe(0);
      play.server.setFaults(FAULTS[0]![1]);
      const next = play.server.run(key.environment);
      expect(await next.exit).toBe(1);
      expect(next.errors).toMatch(/^[^\n]*ENOSPC[^\n]*\n$/);
      expect(next.output).not.toContain('accept_connections');
    },
    TIMEOUT_MS,
  );
});
