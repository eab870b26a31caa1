/** Numbers that are given from outside, over a folder, with a stand-in for the curve: a signature is right if it begins with its round. */
import { cpSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { FakeClock } from '../../program/testing/fake_clock';
import { RecordedLog } from '../../program/testing/recorded_log';
import { Bls, QUICKNET, roundSeconds } from '../../transparency/draw/beacon';
import { COMPLETE } from '../ledger/draw';
import { LedgerUnavailable } from '../ledger/ledger';
import { MemoryValues } from '../ledger/testing/memory_values';
import { isPending, settled } from '../testing/settled';
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
let clock: FakeClock;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'number-'));
  log = new RecordedLog();
  stopped = new AbortController();
  nowS = CLOSE_S - 10;
  clock = new FakeClock();
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
  return new DrandNumber({
    awaited,
    store: store(),
    bls: BLS,
    ways: [],
    clock,
    log,
    callsOff: false,
    ...more,
  });
}

describe('from drand', () => {
  test('is taken when the sale is sealed, is the same at the next start, and nothing else is taken', async () => {
    const number = drand();
    expect(await number.offerBeacon(beacon(ROUND))).toEqual({ outcome: 'not-sealed' });
    const known = number.number(COMPLETE, stopped.signal);
    await settled();
    expect(await isPending(known)).toBe(true);
    expect(await number.offerBeacon(beacon(8))).toEqual({
      outcome: 'wrong-beacon',
      reason: 'it is round 8, and not 9',
    });
    expect(await number.offerBeacon(beacon(ROUND, 8))).toEqual({
      outcome: 'wrong-beacon',
      reason: 'the signature is not that of round 9 under the key of quicknet',
    });
    expect(await number.offerBeacon('{')).toMatchObject({ outcome: 'wrong-beacon' });
    expect(await isPending(known)).toBe(true);
    expect(await number.offerBeacon(beacon(ROUND))).toEqual({ outcome: 'known' });
    expect(await number.offerBeacon(beacon(ROUND))).toEqual({ outcome: 'known' });
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
    expect(await number.offerBeacon(beacon(ROUND))).toEqual({ outcome: 'too-late' });
    expect(number.view.blocked).toContain(
      'the sale was sealed 7 s too late for round 9; to call the draw off',
    );
    expect(await isPending(number.number(COMPLETE, stopped.signal))).toBe(true);
    expect(log.of('hold_draw')).toHaveLength(1);
    expect(await drand({ callsOff: true }).number(COMPLETE, stopped.signal)).toBe('called-off');
  });

  test('counts when the seal was there first, not when the server was started again', async () => {
    void drand().number(COMPLETE, stopped.signal);
    await settled();
    expect(readFileSync(join(folder, 'number/sealed-at'), 'utf8')).toBe(`${CLOSE_S - 10}\n`);
    touch(CLOSE_S + 500);
    nowS = CLOSE_S + 600;
    const again = drand();
    void again.number(COMPLETE, stopped.signal);
    await settled();
    expect(await again.offerBeacon(beacon(ROUND))).toEqual({ outcome: 'known' });
  });

  test('counts the time of the file where the server ended before it had written that down', async () => {
    nowS = CLOSE_S + 600;
    expect(await store().sealedAtSeconds()).toBe(CLOSE_S - 10);
  });

  test('is looked for in a file until it is there', async () => {
    const path = join(folder, 'beacon.json');
    const number = drand({ ways: [new BeaconFile(path, clock, log)] });
    const known = number.number(COMPLETE, stopped.signal);
    await settled();
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
  const entered = (callsOff = false): EnteredNumber =>
    new EnteredNumber({ store: store(), clock, log, callsOff });

  test('counts when both have entered the same, and the first entry of each is final', async () => {
    const number = entered();
    expect(await number.enter('operator', 12)).toBe('not-sealed');
    const known = number.number(COMPLETE, stopped.signal);
    await settled();
    expect(await number.enter('operator', 12)).toBe('awaits-other');
    expect(await number.enter('operator', 12)).toBe('awaits-other');
    expect(await number.enter('operator', 13)).toBe('entered-before');
    expect(await isPending(known)).toBe(true);
    expect(await number.enter('auditor', 12)).toBe('known');
    expect(await known).toBe(12);
    expect(await entered().number(COMPLETE, stopped.signal)).toBe(12);
    expect(log.events.join('\n')).not.toMatch(/\b1[23]\b/);
  });

  test('differently, is never known: the draw can be called off', async () => {
    const number = entered();
    const known = number.number(COMPLETE, stopped.signal);
    await settled();
    await number.enter('auditor', 12);
    expect(await number.enter('operator', 21)).toBe('differs');
    expect(await number.enter('operator', 12)).toBe('entered-before');
    expect(await isPending(known)).toBe(true);
    const reason = 'the operator and the auditor have entered different numbers';
    const advice = 'to call the draw off set DRAW_CALL_OFF = unless-known and start again';
    expect(number.view.blocked).toBe(`${reason}; ${advice}`);
    const told = log.events.length;
    expect(await entered(true).number(COMPLETE, stopped.signal)).toBe('called-off');
    expect(log.events.slice(told)).toEqual([
      `action: hold_draw | result: fail | waits_for: number | reason: ${reason}; DRAW_CALL_OFF is set, so the draw is called off`,
    ]);
  });
});

describe('of several servers over one ledger', () => {
  let shared: MemoryValues;
  beforeEach(() => void (shared = new MemoryValues()));

  const sharedStore = (path = folder): NumberStore =>
    new NumberStore(new LogFolder(path), () => nowS * 1_000, shared);
  const entered = (): EnteredNumber =>
    new EnteredNumber({ store: sharedStore(), clock, log, callsOff: false });

  test('one is given what was entered at the others', async () => {
    const [one, other, waiting] = [entered(), entered(), entered()];
    const known = [one, other, waiting].map((each) => each.number(COMPLETE, stopped.signal));
    await settled();
    expect(await one.enter('operator', 12)).toBe('awaits-other');
    expect(await other.enter('operator', 13)).toBe('entered-before');
    expect(await other.enter('auditor', 12)).toBe('known');
    expect(await isPending(known[2]!)).toBe(true);
    clock.advance(1_000);
    expect(await Promise.all([known[1], known[2]])).toEqual([12, 12]);
  });

  test('each says what is in the way, and a database out of reach is asked again', async () => {
    const [one, other] = [entered(), entered()];
    for (const each of [one, other]) void each.number(COMPLETE, stopped.signal);
    await settled();
    await one.enter('operator', 12);
    await one.enter('auditor', 13);
    shared.isLost = true;
    clock.advance(1_000);
    await settled();
    expect(other.view.blocked).toBeUndefined();
    await expect(other.enter('operator', 12)).rejects.toThrow(LedgerUnavailable);
    shared.isLost = false;
    clock.advance(1_000);
    await settled();
    expect(other.view.blocked).toContain('have entered different numbers');
  });

  test('what cannot be read is told without a way out: the next start could not read it either', async () => {
    const number = entered();
    void number.number(COMPLETE, stopped.signal);
    await settled();
    jest.spyOn(shared, 'read').mockRejectedValue(new Error('the ledger is damaged'));
    clock.advance(1_000);
    await settled();
    expect(number.view.blocked).toBe('the ledger is damaged');
  });

  test('one takes the round that another was given, keeps it in its own folder, and both count one time', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'number-'));
    try {
      cpSync(folder, elsewhere, { recursive: true });
      const [one, other] = [drand({ store: sharedStore() }), drand({ store: sharedStore(elsewhere) })];
      const known = [one, other].map((each) => each.number(COMPLETE, stopped.signal));
      await settled();
      expect(await one.offerBeacon(beacon(ROUND))).toEqual({ outcome: 'known' });
      clock.advance(1_000);
      expect(await known[1]).toBe(await known[0]);
      const files = [folder, elsewhere].map((path) => readFileSync(join(path, 'result/beacon'), 'utf8'));
      expect(files[0]).toBe(files[1]);
      nowS = CLOSE_S + 600;
      utimesSync(join(elsewhere, 'seal/checkpoint'), nowS, nowS);
      expect(await sharedStore(elsewhere).sealedAtSeconds()).toBe(CLOSE_S - 10);
    } finally {
      rmSync(elsewhere, { recursive: true });
    }
  });
});
