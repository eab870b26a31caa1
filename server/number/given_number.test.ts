/** Numbers that are given from outside, over a folder, with a stand-in for the curve: a signature is right if it begins with its round. */
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { FakeClock } from '../../program/testing/fake_clock';
import { RecordedLog } from '../../program/testing/recorded_log';
import { Bls, QUICKNET, roundSeconds } from '../../transparency/draw/beacon';
import { COMPLETE } from '../ledger/draw';
import { isPending } from '../testing/settled';
import { LogFolder } from '../transparency/log_folder';
import { BeaconFile } from './beacon_file';
import { DrandNumber } from './drand_number';
import { EnteredNumber } from './entered_number';
import { NumberStore } from './number_store';

const ROUND = 9;
const CLOSE_S = roundSeconds(QUICKNET, ROUND) - 60;
const point = { assertValidity: () => undefined, is0: () => false };
const BLS = {
  G2: { Point: { fromBytes: () => point } },
  shortSignatures: {
    Signature: { fromBytes: (bytes: Buffer) => ({ ...point, round: bytes[0] }) },
    hash: (digest: Buffer) => digest,
    verify: (signature: { round: number }) => signature.round === ROUND,
  },
} as unknown as Bls;
const signature = (round: number): string => Buffer.alloc(48, round).toString('hex');
const beacon = (round: number, signed = round): string =>
  JSON.stringify({ round, signature: signature(signed) });

let folder: string;
let log: RecordedLog;
let stopped: AbortController;
let nowS: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'number-'));
  log = new RecordedLog();
  stopped = new AbortController();
  nowS = CLOSE_S - 10;
  new LogFolder(folder).write('seal/checkpoint', Buffer.from('origin\n4\nroot\n\n— signature\n'), {
    isDurable: false,
  });
  touch(CLOSE_S - 10);
});
afterEach(() => {
  stopped.abort();
  rmSync(folder, { recursive: true });
});

/** The time of the sealed checkpoint's file. */
function touch(seconds: number): void {
  utimesSync(join(folder, 'seal/checkpoint'), seconds, seconds);
}

const store = (): NumberStore => new NumberStore(new LogFolder(folder), () => nowS * 1_000);

function drand(more: Partial<ConstructorParameters<typeof DrandNumber>[0]> = {}): DrandNumber {
  const awaited = { chain: QUICKNET, round: ROUND, closeAtSeconds: CLOSE_S };
  return new DrandNumber({ awaited, store: store(), bls: BLS, ways: [], log, callsOff: false, ...more });
}

describe('from drand', () => {
  test('is taken when the sale is sealed, is the same at the next start, and nothing else is taken', async () => {
    const number = drand();
    expect(number.offerBeacon(beacon(ROUND))).toEqual({ outcome: 'not-sealed' });
    const known = number.number(COMPLETE, stopped.signal);
    expect(await isPending(known)).toBe(true);
    expect(number.offerBeacon(beacon(8))).toEqual({
      outcome: 'wrong-beacon',
      reason: 'it is round 8, and not 9',
    });
    expect(number.offerBeacon(beacon(ROUND, 8))).toEqual({
      outcome: 'wrong-beacon',
      reason: 'the signature is not that of round 9 under the key of quicknet',
    });
    expect(number.offerBeacon('{')).toMatchObject({ outcome: 'wrong-beacon' });
    expect(await isPending(known)).toBe(true);
    expect(number.offerBeacon(beacon(ROUND))).toEqual({ outcome: 'known' });
    expect(number.offerBeacon(beacon(ROUND))).toEqual({ outcome: 'known' });
    expect(await drand().number(COMPLETE, stopped.signal)).toBe(await known);
    // Known is known, whatever has been set since.
    expect(await drand({ callsOff: true }).number(COMPLETE, stopped.signal)).toBe(await known);
    expect(log.of('hold_draw')).toHaveLength(1);
    expect(log.of('hold_draw')[0]).toContain('waits_for: number | from: drand quicknet, round 9, due at');
  });

  test('does not use a round that could be known when the sale was sealed', async () => {
    touch(CLOSE_S + 7);
    nowS = CLOSE_S + 7;
    const number = drand();
    expect(await isPending(number.number(COMPLETE, stopped.signal))).toBe(true);
    expect(number.offerBeacon(beacon(ROUND))).toEqual({ outcome: 'too-late' });
    expect(number.view.blocked).toContain(
      'the sale was sealed 7 s too late for round 9; to call the draw off',
    );
    expect(await isPending(number.number(COMPLETE, stopped.signal))).toBe(true);
    expect(log.of('hold_draw')).toHaveLength(1);
    expect(await drand({ callsOff: true }).number(COMPLETE, stopped.signal)).toBe('called-off');
  });

  test('counts when the seal was there first, not when the server was started again', () => {
    void drand().number(COMPLETE, stopped.signal);
    expect(readFileSync(join(folder, 'number/sealed-at'), 'utf8')).toBe(`${CLOSE_S - 10}\n`);
    touch(CLOSE_S + 500);
    nowS = CLOSE_S + 600;
    const again = drand();
    void again.number(COMPLETE, stopped.signal);
    expect(again.offerBeacon(beacon(ROUND))).toEqual({ outcome: 'known' });
  });

  test('counts the time of the file where the server ended before it had written that down', () => {
    nowS = CLOSE_S + 600;
    expect(store().sealedAtSeconds()).toBe(CLOSE_S - 10);
  });

  test('is looked for in a file until it is there', async () => {
    const clock = new FakeClock();
    const path = join(folder, 'beacon.json');
    const number = drand({ ways: [new BeaconFile(path, clock, log)] });
    const known = number.number(COMPLETE, stopped.signal);
    clock.advance(5_000);
    writeFileSync(path, beacon(8));
    clock.advance(5_000);
    expect(await isPending(known)).toBe(true);
    expect(log.of('receive_number')).toEqual([
      `action: receive_number | result: fail | file: ${path} | reason: it is round 8, and not 9`,
    ]);
    writeFileSync(path, beacon(ROUND));
    clock.advance(1_000);
    expect(await known).toEqual(expect.any(Number));
  });
});

describe('entered', () => {
  const entered = (callsOff = false): EnteredNumber => new EnteredNumber(store(), log, callsOff);

  test('counts when both have entered the same, and the first entry of each is final', async () => {
    const number = entered();
    expect(number.enter('operator', 12)).toBe('not-sealed');
    const known = number.number();
    expect(number.enter('operator', 12)).toBe('awaits-other');
    expect(number.enter('operator', 12)).toBe('awaits-other');
    expect(number.enter('operator', 13)).toBe('entered-before');
    expect(await isPending(known)).toBe(true);
    expect(number.enter('auditor', 12)).toBe('known');
    expect(await known).toBe(12);
    expect(await entered().number()).toBe(12);
    expect(log.events.join('\n')).not.toMatch(/\b1[23]\b/);
  });

  test('differently, is never known: the draw can be called off', async () => {
    const number = entered();
    const known = number.number();
    number.enter('auditor', 12);
    expect(number.enter('operator', 21)).toBe('differs');
    expect(number.enter('operator', 12)).toBe('entered-before');
    expect(await isPending(known)).toBe(true);
    expect(number.view.blocked).toContain('the operator and the auditor have entered different numbers');
    expect(await entered(true).number()).toBe('called-off');
  });
});
