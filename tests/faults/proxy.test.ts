/** A bad network between agencies and server: what it does to one agency's bytes must not reach a bet, or another. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { writeAgencyFiles } from '../../tools/data/agency_files';
import { Program, Stage } from '../support/programs';
import { ExpectedLottery, LedgerCheck } from './crash/ledger_check';
import { readLedger } from './crash/ledger_reader';
import { Relay } from './proxy/relay';
import { CALM, FaultLimits, seededTreatment, Treatment } from './proxy/treatment';
import { ConnectionWitness, Witness } from './proxy/witness';

const AGENCIES = [1, 2, 3, 4, 5];
const WINNER_NUMBER = 7574;
const IDLE_TIMEOUT_MS = 400;

let folder: string;
let files: Map<number, string>;
let expected: ExpectedLottery;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lottery-proxy-'));
  const plan = { agencies: AGENCIES.length, bets: 5_000, seed: 1, out: folder, winnerNumber: WINNER_NUMBER };
  await writeAgencyFiles(plan, new AbortController().signal);
  files = new Map(AGENCIES.map((agency) => [agency, join(folder, `agency-${agency}.csv`)]));
  expected = new ExpectedLottery(files, WINNER_NUMBER);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let stage: Stage;
let relay: Relay<ConnectionWitness>;
let witness: Witness;
let server: Program;
beforeEach(() => {
  stage = new Stage();
  witness = new Witness();
});
afterEach(async () => {
  await stage.close();
  await relay.close();
});

/** Starts a server and a relay in front of it. */
async function open(
  treat: (connection: number) => Treatment,
  environment: Readonly<Record<string, string>> = {},
): Promise<void> {
  const started = await stage.startServer({ LOTTERY_WINNER_NUMBER: String(WINNER_NUMBER), ...environment });
  server = started.server;
  relay = await Relay.open({ serverPort: started.port, treat, watch: () => witness.watch() });
}

function startAgency(agency: number, environment: Readonly<Record<string, string>> = {}): Program {
  return stage.startAgency(agency, relay.port, {
    CLI_DATA_FILE: files.get(agency) ?? '',
    CLI_BATCH_MAXAMOUNT: '40',
    ...environment,
  });
}

/** The agencies end with their winners, the server goes on to its SIGTERM, and the ledger is exact. */
async function expectRightEnd(agencies: readonly Program[]): Promise<void> {
  for (const [index, agency] of agencies.entries()) {
    expect({ exit: await agency.exit, errors: agency.errors }).toEqual({ exit: 0, errors: '' });
    const told = readFileSync(stage.path(`winners-${index + 1}.txt`), 'utf8').trimEnd();
    expect(told.replaceAll('\n', ',')).toBe(expected.wins.get(index + 1));
  }
  server.signal('SIGTERM');
  expect(await server.exit).toBe(0);
  await relay.serverOver();
  const ledger = readLedger(stage.path('ledger'), stage.path('copy'));
  const check = new LedgerCheck(expected, witness);
  expect([...witness.findings, ...check.run(ledger, true)]).toEqual([]);
  expect(check.checkedBatches).toBeGreaterThan(0);
}

const LIMITS: FaultLimits = {
  refusedPercent: 20,
  brokenPercent: 75,
  stalledPercent: 40,
  // Longer than the server waits for a message that has begun.
  longestStallMs: 3 * IDLE_TIMEOUT_MS,
  longestPauseMs: 8,
  connectionsWithFaults: 40,
};

describe('through splits, pauses, stalls, half-closes, resets and refusals', () => {
  test.each([11, 12, 13, 14])('as seed %i has them, five agencies get their winners', async (seed) => {
    await open((connection) => seededTreatment(seed, connection, LIMITS), {
      IDLE_TIMEOUT_MS: String(IDLE_TIMEOUT_MS),
    });
    await expectRightEnd(
      AGENCIES.map((agency) => startAgency(agency, { CLI_BATCH_WINDOW: String(agency * 3) })),
    );
    // The plan has broken connections, and they were made anew.
    expect(relay.accepted).toBeGreaterThan(2 * AGENCIES.length);
  });
});

test('all connections are cut at once, again and again', async () => {
  await open(() => CALM);
  const cutsAfterAcks = [3, 20, 45, 80];
  witness.events.on('ack', () => {
    if (witness.counts.acks < (cutsAfterAcks[0] ?? Number.POSITIVE_INFINITY)) return;
    cutsAfterAcks.shift();
    relay.cutAll();
  });
  await expectRightEnd(AGENCIES.map((agency) => startAgency(agency)));
  expect(cutsAfterAcks).toEqual([]);
});

test('all connections are cut while all but one wait for the draw', async () => {
  await open(() => CALM);
  const waiting = AGENCIES.slice(0, -1).map((agency) => startAgency(agency));
  for (const agency of waiting) await agency.untilOutput(/action: send_fin/);
  relay.cutAll();
  for (const agency of waiting) await agency.untilOutput(/action: send_fin[^]*action: send_fin/);
  await expectRightEnd([...waiting, startAgency(AGENCIES.length)]);
});

describe('an agency whose connection stands still in the middle of a batch', () => {
  /** The time in which the agencies 2 to 5 have sent everything, from the start of all. */
  async function sendingTimeMs(others: readonly Program[]): Promise<number> {
    const startedMs = performance.now();
    await Promise.all(others.map((agency) => agency.untilOutput(/action: send_fin/)));
    return performance.now() - startedMs;
  }

  test('does not slow the others down', async () => {
    await open(() => CALM);
    const undisturbed = AGENCIES.slice(1).map((agency) => startAgency(agency));
    const undisturbedMs = await sendingTimeMs(undisturbed);
    await stage.close();
    await relay.close();

    stage = new Stage();
    witness = new Witness();
    const { treatment, stalling, goOn } = stallBehind(STALL_BEHIND_BYTES);
    await open((connection) => (connection === 0 ? treatment : CALM));
    const stalled = startAgency(1);
    await stalling;
    const others = AGENCIES.slice(1).map((agency) => startAgency(agency));
    expect(await sendingTimeMs(others)).toBeLessThan(undisturbedMs * 2 + 1_000);
    expect(stalled.output).not.toMatch(/send_fin/);
    goOn();
    await expectRightEnd([stalled, ...others]);
  });
});

/** In the middle of the first batch of 40 bets. */
const STALL_BEHIND_BYTES = 1_000;

/** Passes so many bytes on to the server, and then none until `goOn` is called; `stalling` resolves at the stall. */
function stallBehind(bytes: number): { treatment: Treatment; stalling: Promise<void>; goOn: () => void } {
  let goOn: () => void = () => undefined;
  let stall: () => void = () => undefined;
  const until = new Promise<void>((resolve) => (goOn = resolve));
  const stalling = new Promise<void>((resolve) => (stall = resolve));
  let passedBytes = 0;
  const treatment: Treatment = {
    isRefused: false,
    next: (direction, waitingBytes) => {
      if (direction === 'to-agency') return { kind: 'pass', bytes: waitingBytes, afterMs: 0 };
      if (passedBytes === bytes) {
        relay.connections[0]?.hold(until);
        stall();
        return { kind: 'pass', bytes: waitingBytes, afterMs: 0 };
      }
      const allowedBytes = Math.min(waitingBytes, bytes - passedBytes);
      passedBytes += allowedBytes;
      return { kind: 'pass', bytes: allowedBytes, afterMs: 0 };
    },
  };
  return { treatment, stalling, goOn };
}
