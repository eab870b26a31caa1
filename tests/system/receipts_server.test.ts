/** A server that gives receipts, at its start: what it goes on with, and which ledgers, logs and settings it refuses. */
import { generateKeyPairSync, KeyObject } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { parseVerifierKey, SIGNATURE_TYPE, verifierKey } from '../../transparency/notes/verifier_key';
import { LogKey, makeLogKey } from '../support/log_key';
import { Program, Stage } from '../support/programs';
import { RawClient } from '../support/raw_client';
import { batch, batchLine, bet } from '../support/wire';

const AGENCIES = '2';
const WITHOUT = { RECEIPTS: 'off', RECEIPTS_ORIGIN: '', RECEIPTS_KEY: '', RECEIPTS_POLICY: '' };
/** More leaves than a tile has. */
const MANY_BATCHES = 300;

let stage: Stage;
let key: LogKey;
beforeEach(() => {
  stage = new Stage();
  key = makeLogKey(stage.path('key'));
});
afterEach(() => stage.close());

const ledger = (...names: string[]): string => join(stage.path('ledger'), ...names);

/** Runs a server until it has stored batches of one bet each, and has given the receipt of the last. */
async function sell(
  fromBatch: number,
  toBatch: number,
  environment: Readonly<Record<string, string>> = {},
  names?: string,
): Promise<string> {
  const { server, port } = await stage.startServer({ AGENCIES, ...key.environment, ...environment });
  const client = await RawClient.open(port);
  for (let id = fromBatch; id <= toBatch; id++) client.write(batch(id, [bet(1, id, names)]));
  for (let id = fromBatch; id <= toBatch; id++) expect(await client.readReply()).toMatch(/^ACK,/);
  const receipt = environment.RECEIPTS === 'off' ? '' : await receiptOf(client, toBatch);
  client.close();
  server.signal('SIGTERM');
  expect(await server.exit).toBe(0);
  return receipt;
}

/** Asks until it is there. */
async function receiptOf(client: RawClient, batchId: number): Promise<string> {
  for (;;) {
    client.write(batchLine('RCP', 1, batchId));
    const reply = await client.readReply();
    if (reply.length > 12) return reply.slice(12);
  }
}

/** Starts a server that must not come as far as taking bets. @returns its exit code and its line */
async function refusal(environment: Readonly<Record<string, string>> = {}): Promise<[unknown, string]> {
  const server: Program = stage.run('server/main.js', {
    SERVER_PORT: '0',
    SERVER_LISTEN_ADDRESS: '127.0.0.1',
    DATA_DIR: stage.path('ledger'),
    AGENCIES,
    ...key.environment,
    ...environment,
  });
  const exit = await server.exit;
  expect(server.errors.split('\n')).toHaveLength(2);
  expect(server.output).not.toContain('accept_connections');
  return [exit, server.errors];
}

/** Puts the ledger's own files away, or back; its log stays as it is. */
function copyLedger(from: string, to: string): void {
  const files = readdirSync(from).filter((name) => name.startsWith('lottery.db'));
  for (const name of readdirSync(to)) if (name.startsWith('lottery.db')) rmSync(join(to, name));
  for (const name of files) cpSync(join(from, name), join(to, name));
}

const otherKey = (): KeyObject => generateKeyPairSync('ed25519').publicKey;

const NOT_THE_ONE = /^[^\n]*it is not the one whose log was published\n$/;

test('goes on where it was: every receipt is of one log', async () => {
  const first = await sell(1, 2);
  const second = await sell(3, MANY_BATCHES);
  const third = await sell(MANY_BATCHES + 1, MANY_BATCHES + 1);
  const sizes = [first, second, third].map((receipt) => Number(/\n\n[^\n]+\n(\d+)\n/.exec(receipt)?.[1]));
  expect(sizes).toEqual([3, MANY_BATCHES + 1, MANY_BATCHES + 2]);
});

describe('ends with exit code 1 and one line', () => {
  test('over a ledger that was put back from an older copy', async () => {
    await sell(1, 1);
    cpSync(stage.path('ledger'), stage.path('backup'), { recursive: true });
    await sell(2, 3);
    const published = readFileSync(ledger('log', 'checkpoint'));
    copyLedger(stage.path('backup'), stage.path('ledger'));
    const [exit, line] = await refusal();
    expect(exit).toBe(1);
    expect(line).toMatch(NOT_THE_ONE);
    // What was published stays, as evidence.
    expect(readFileSync(ledger('log', 'checkpoint'))).toEqual(published);
  });

  test('over a ledger with another bet in the place of a published one', async () => {
    const DATA_DIR = stage.path('other');
    await sell(1, 2);
    await sell(1, 2, { DATA_DIR }, 'Eva,Paz');
    rmSync(join(DATA_DIR, 'log'), { recursive: true });
    cpSync(ledger('log'), join(DATA_DIR, 'log'), { recursive: true });
    const [exit, line] = await refusal({ DATA_DIR });
    expect(exit).toBe(1);
    expect(line).toMatch(NOT_THE_ONE);
  });

  test('when a published tile was changed', async () => {
    await sell(1, MANY_BATCHES);
    const tile = ledger('log', 'tile', '0', '000');
    const bytes = readFileSync(tile);
    bytes[1_000]! ^= 1;
    writeFileSync(tile, bytes);
    const [exit, line] = await refusal();
    expect(exit).toBe(1);
    expect(line).toMatch(NOT_THE_ONE);
  });
});

test('names the checkpoint that is not what was signed, and goes on when it is put back', async () => {
  await sell(1, 2);
  const file = ledger('log', 'checkpoint');
  const signed = readFileSync(file);
  const forged = Buffer.from(signed.toString().replace('\n3\n', '\n2\n'));
  for (const bytes of [Buffer.from('garbage'), Buffer.alloc(0), signed.subarray(0, -9), forged]) {
    writeFileSync(file, bytes);
    const [exit, line] = await refusal();
    expect(line).toMatch(
      /^the log of receipts is damaged: its checkpoint is not what was signed: put a copy back[^\n]*\n$/,
    );
    expect(exit).toBe(1);
    expect(readFileSync(file)).toEqual(bytes);
  }
  writeFileSync(file, signed);
  await sell(3, 3);
});

describe('ends with exit code 2 and one line', () => {
  test.each<[string, string]>([
    ['when the folder of the log is lost', 'log'],
    ['when the checkpoint is lost', join('log', 'checkpoint')],
  ])('%s', async (_, name) => {
    await sell(1, 2);
    rmSync(ledger(name), { recursive: true });
    const [exit, line] = await refusal();
    expect(exit).toBe(2);
    expect(line).toMatch(
      /RECEIPTS: the log of \S+ is lost: put its folder log back, whose checkpoints were handed out\n$/,
    );
    expect(existsSync(ledger(name))).toBe(false);
    // Nor does the draw go on without receipts, which were promised.
    const [exitWithout, lineWithout] = await refusal(WITHOUT);
    expect(exitWithout).toBe(2);
    expect(lineWithout).toContain('were promised receipts; allowed is on');
  });

  test.each<[string, string, () => Readonly<Record<string, string>>, string]>([
    [
      'another key',
      'RECEIPTS_KEY',
      () => makeLogKey(stage.path('other-key')).environment,
      'another key; allowed is that key',
    ],
    [
      'another origin',
      'RECEIPTS_ORIGIN',
      () => ({ RECEIPTS_ORIGIN: 'lottery.example/2027-01-06' }),
      'another name; allowed is lottery.example/2026-12-22',
    ],
    [
      'no policy any more',
      'RECEIPTS_POLICY',
      () => ({ RECEIPTS_POLICY: '' }),
      'another policy; allowed is the file of policy ',
    ],
  ])('with %s than the log was begun with, and goes on with the first', async (_, setting, changed, text) => {
    await sell(1, 2);
    const [exit, line] = await refusal(changed());
    expect(exit).toBe(2);
    expect(line).toContain(`${setting}: the log in ${ledger('log')} was begun with ${text}`);
    await sell(3, 3);
  });

  test('with another round than the log was begun with', async () => {
    const of = (year: number): Readonly<Record<string, string>> => ({
      DRAW_NUMBER: `drand:quicknet@${year}-01-01T00:00:00Z`,
      DRAW_BEACON_FILE: stage.path('beacon.json'),
    });
    await sell(1, 2, of(2100));
    const [exit, line] = await refusal(of(2101));
    expect(exit).toBe(2);
    expect(line).toMatch(
      /DRAW_NUMBER: the log in \S+ was begun with "number drand \w{64} \d+"; allowed is what that says\n$/,
    );
  });

  test('with a policy of another log, before anything is begun', async () => {
    const [exit, line] = await refusal({ RECEIPTS_ORIGIN: 'lottery.example/2027-01-06' });
    expect(exit).toBe(2);
    expect(line).toMatch(/RECEIPTS_POLICY: \S+ is not for this log; allowed is a policy with the line "log /);
    expect(existsSync(ledger('log', 'checkpoint'))).toBe(false);
  });

  test('with another key than the policy names, before anything is begun', async () => {
    const [exit, line] = await refusal({ RECEIPTS_POLICY: makeLogKey(stage.path('other-key')).policyFile });
    expect(exit).toBe(2);
    expect(line).toMatch(
      /RECEIPTS_KEY: \S+log-key\.pem is not the key that RECEIPTS_POLICY \(\S+policy\.txt\) names for lottery\.example\/2026-12-22; allowed is that key, or a policy with the line "log [^\n]+\n$/,
    );
    expect(existsSync(ledger('log', 'checkpoint'))).toBe(false);
  });

  test.each<[string, (policy: string) => string, string]>([
    ['is none', () => '{\n}\n', 'line 1: "{" is wrong; allowed are log, witness, group, quorum, beacon'],
    ['has two quorums', (policy) => `${policy}quorum none\n`, 'line 3: it is a second line "quorum"'],
    [
      'is of Windows',
      (policy) => policy.replaceAll('\n', '\r\n'),
      'line 1: it has a carriage return; allowed',
    ],
    [
      'has no quorum',
      (policy) => policy.replace(/^quorum.*\n/m, ''),
      'it has no line "quorum"; allowed is one',
    ],
  ])('with a policy that %s: nobody could verify the draw', async (_, forge, reason) => {
    writeFileSync(key.policyFile, forge(readFileSync(key.policyFile, 'utf8')));
    const [exit, line] = await refusal();
    expect(exit).toBe(2);
    expect(line).toContain(`: RECEIPTS_POLICY: ${key.policyFile}: ${reason}`);
    expect(existsSync(ledger('log', 'checkpoint'))).toBe(false);
    expect(existsSync(ledger('receipts-promised'))).toBe(false);
  });

  test.each<[string, (verifierKey: string) => string]>([
    ['name', () => verifierKey('lottery.example/2026-12-22', otherKey(), SIGNATURE_TYPE.cosignature)],
    [
      'key',
      (key) => verifierKey('control.example', parseVerifierKey(key).publicKey, SIGNATURE_TYPE.cosignature),
    ],
  ])('with a control that has the %s of the log', async (_, verifierOf) => {
    const [exit, line] = await refusal({
      HTTP_PORT: '0',
      CONTROL_URL: 'http://127.0.0.1:8700',
      CONTROL_VERIFIER_KEY: verifierOf(key.verifierKey),
    });
    expect(line).toMatch(
      /CONTROL_VERIFIER_KEY: the control has the name or the key of the log; allowed are [^\n]*\n$/,
    );
    expect(exit).toBe(2);
    expect(existsSync(ledger('log'))).toBe(false);
  });

  test('when receipts are switched off', async () => {
    await sell(1, 2);
    const [exit, line] = await refusal(WITHOUT);
    expect(exit).toBe(2);
    expect(line).toMatch(
      /RECEIPTS: "off" is wrong: the agencies of \S+ were promised receipts; allowed is on\n$/,
    );
  });

  test('when receipts are switched on over bets that were sold without', async () => {
    await sell(1, 2, WITHOUT);
    const [exit, line] = await refusal();
    expect(exit).toBe(2);
    expect(line).toMatch(/RECEIPTS: "on" is wrong: \S+ was begun without receipts/);
    expect(existsSync(ledger('log'))).toBe(false);
  });

  test.each<[string, Readonly<Record<string, string>>]>([
    ['AGENCIES', { AGENCIES: '3' }],
    ['LOTTERY_WINNER_NUMBER', { LOTTERY_WINNER_NUMBER: '7575' }],
  ])('with another %s', async (_, environment) => {
    await sell(1, 2);
    const [exit, line] = await refusal(environment);
    expect(exit).toBe(2);
    expect(line).toContain('AGENCIES');
  });
});

test('makes again what is lost of its tiles', async () => {
  await sell(1, MANY_BATCHES);
  const tile = ledger('log', 'tile', '0', '000');
  const bytes = readFileSync(tile);
  rmSync(ledger('log', 'tile'), { recursive: true });
  await sell(MANY_BATCHES + 1, MANY_BATCHES + 1);
  expect(readFileSync(tile)).toEqual(bytes);
});
