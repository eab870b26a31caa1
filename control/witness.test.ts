import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openNote, parseVerifierKey } from '../transparency/notes/note';
import { keyOfByte } from '../transparency/notes/testing/keys';
import { Books } from './books';
import { CosignedCheckpoints } from './cosigned';
import type { Frame } from './frames';
import { KeptDifference } from './kept_difference';
import { FeedFailed, StorageFailed } from './mistakes';
import { Cosigner, readLogKey } from './notes';
import { OwnCopy } from './own_copy';
import { checkpointOf, LOG, lyingAbout, ORIGIN, requestOf, smallLottery } from './testing/small_lottery';
import { Witness, WitnessEvent } from './witness';

const NAME = 'control.example/test';
const cosigner = new Cosigner(NAME, keyOfByte(0x49));
const frames = smallLottery();

let folder: string;
let events: WitnessEvent[];
let asked: number[];
let open: { close(): void }[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'control-'));
  [events, asked, open] = [[], [], []];
});
afterEach(() => {
  for (const file of open) file.close();
  rmSync(folder, { recursive: true });
});

/** A control over what is in the folder. @param given what the server gives it */
function start(given: readonly Frame[] | Error = frames): Witness {
  const copy = new OwnCopy(folder);
  const cosigned = new CosignedCheckpoints(folder);
  open.push(copy, cosigned);
  const leaves = (from: number, limit: number): Promise<Frame[]> => {
    asked.push(from);
    // Two at a time, so that it asks again.
    return given instanceof Error
      ? Promise.reject(given)
      : Promise.resolve(given.slice(from, from + Math.min(2, limit)));
  };
  const witness = new Witness({
    log: readLogKey(LOG.verifierKey)!,
    cosigner,
    books: new Books(ORIGIN, (number) => copy.winnersOn(number)),
    copy,
    cosigned,
    kept: new KeptDifference(folder),
    feed: { leaves },
    nowSeconds: () => 1_692_806_300 + events.length,
    tell: (event) => events.push(event),
  });
  witness.readOwnCopy();
  return witness;
}

/** @returns the status, and the body where it is a refusal */
async function ask(witness: Witness, body: Buffer): Promise<[number, string?]> {
  const answer = await witness.addCheckpoint(body);
  return answer.status === 200 ? [200] : [answer.status, answer.body];
}

test('cosigns checkpoint after checkpoint, up to the result, and keeps them whole', async () => {
  const witness = start();
  const body = (await witness.addCheckpoint(requestOf(frames, 0, 3))).body;
  const note = `${checkpointOf(frames, 3)}${body}`;
  const opened = openNote(note, [parseVerifierKey(cosigner.verifierKey), parseVerifierKey(LOG.verifierKey)]);
  expect(opened.verified).toHaveLength(2);
  expect(await ask(witness, requestOf(frames, 3, 8))).toEqual([200]);
  expect(await ask(witness, requestOf(frames, 8, 9))).toEqual([200]);
  expect(events).toEqual([
    { kind: 'cosigned', size: 3, bets: 4, isSealed: false },
    { kind: 'cosigned', size: 8, bets: 6, isSealed: true },
    { kind: 'cosigned', size: 9, bets: 6, isSealed: true },
  ]);
  expect(readFileSync(join(folder, 'cosigned'), 'utf8')).toContain(note);
});

test('says the same again, with the time at which it was said first, also after a start', async () => {
  const first = (await start().addCheckpoint(requestOf(frames, 0, 3))).body;
  expect((await start().addCheckpoint(requestOf(frames, 3, 3))).body).toBe(first);
  // Its own copy was enough.
  expect(asked).toEqual([0, 2]);
});

test('gives the cosignature of the seal again, also after a start, when the result was cosigned', async () => {
  const first = start();
  await first.addCheckpoint(requestOf(frames, 0, 3));
  const { body } = await first.addCheckpoint(requestOf(frames, 3, 8));
  const { body: last } = await first.addCheckpoint(requestOf(frames, 8, 9));
  for (const witness of [first, start()]) {
    expect(witness.cosignatureOf(8)).toMatchObject({ status: 200, body });
    expect(witness.cosignatureOf(9)).toMatchObject({ status: 200, body: last });
    expect(witness.cosignatureOf(3)).toMatchObject({
      status: 404,
      body: 'none of the last two checkpoints that were cosigned has 3 leaves\n',
    });
  }
  rmSync(join(folder, 'cosigned'));
  expect(start().cosignatureOf(8).status).toBe(404);
});

test('refuses as C2SP says', async () => {
  const witness = start();
  expect(await ask(witness, requestOf(frames, 0, 3))).toEqual([200]);
  const text = (body: Buffer): string => body.toString();
  const next = text(requestOf(frames, 3, 8));
  for (const [body, status] of [
    ['', 400],
    ['old 3\n', 400],
    [next.replace('old 3', 'old 03'), 400],
    [next.replace('old 3', 'old -1'), 400],
    [next.replace('old 3\n', 'old 3\nAAAA\n'), 400],
    [next.replace(ORIGIN, 'lottery.example/other'), 404],
    [next.replace('\n8\n', '\n9\n'), 403],
    [next.replace('old 3', 'old 9'), 400],
    [next.replace('old 3', 'old 2'), 409],
    [text(requestOf(frames, 0, 8)), 409],
    [text(requestOf(frames, 0, 2)), 409],
    [next.replace(/old 3\n[^\n]+\n/, 'old 3\n'), 422],
    [next.replace(/\n[A-Za-z0-9+/]{43}=\n/, `\n${'A'.repeat(43)}=\n`), 422],
  ] as const) {
    expect([body.slice(0, 30), (await witness.addCheckpoint(Buffer.from(body))).status]).toEqual([
      body.slice(0, 30),
      status,
    ]);
  }
  expect(await witness.addCheckpoint(requestOf(frames, 0, 8))).toEqual({
    status: 409,
    type: 'text/x.tlog.size',
    body: '3\n',
  });
  // None of that has harmed it.
  expect(await ask(witness, Buffer.from(next))).toEqual([200]);
});

test('does not cosign another tree of the same size', async () => {
  const witness = start();
  await ask(witness, requestOf(frames, 0, 3));
  const fork = [frames[0]!, frames[2]!, frames[1]!];
  expect(await ask(witness, requestOf(fork, 3, 3))).toEqual([409, '3\n']);
  const reason = 'the log has signed another tree of 3 leaves than was cosigned';
  expect(await ask(witness, requestOf(fork, 3, 3))).toEqual([409, '3\n']);
  expect(events.filter(({ kind }) => kind === 'contradiction')).toEqual([{ kind: 'contradiction', reason }]);
  expect(witness.contradiction).toBe(reason);
  // It passes when the log is again what was cosigned.
  expect((await ask(witness, requestOf(frames, 3, 3)))[0]).toBe(200);
  expect(witness.contradiction).toBeUndefined();
});

const lie = lyingAbout(frames);

test('cosigns nothing more after a difference', async () => {
  const witness = start(lie);
  const [status, reason] = await ask(witness, requestOf(frames, 0, 8));
  expect([status, reason]).toEqual([
    422,
    expect.stringMatching(/^agency 1, batch 1: commitment to its bets/),
  ]);
  expect(await ask(witness, requestOf(frames, 0, 2))).toEqual([422, reason]);
  expect(events).toEqual([{ kind: 'difference', reason: witness.difference }]);
});

/** When the lie is found, once something was cosigned. */
const AT = new Date(1_692_806_301_000).toISOString();

test('and nothing after a start, whatever the server gives then', async () => {
  const first = start(lie);
  expect(await ask(first, requestOf(frames, 0, 2))).toEqual([200]);
  const [, reason] = await ask(first, requestOf(frames, 2, 8));
  const kept = readFileSync(join(folder, 'difference'), 'utf8');
  expect(kept).toBe(`found ${AT}\nlog ${ORIGIN}\n${reason!}`);
  for (const secret of ['7574', '7575', 'Ana', 'Díaz', '1987-03-17']) expect(kept).not.toContain(secret);
  [events, asked] = [[], []];
  const again = start();
  expect(again.difference).toBe(first.difference);
  expect(events).toEqual([{ kind: 'difference', reason: first.difference, foundAt: AT }]);
  expect(await ask(again, requestOf(frames, 2, 8))).toEqual([422, reason]);
  expect(asked).toEqual([]);
});

test('a difference that cannot be kept ends it', async () => {
  mkdirSync(join(folder, 'difference.part'));
  const witness = start(lie);
  await expect(ask(witness, requestOf(frames, 0, 8))).rejects.toThrow(StorageFailed);
  expect(events).toEqual([{ kind: 'difference', reason: witness.difference }]);
});

/** Changes a byte of the leaves that were kept. */
function damageLeaves(from: string, to: string): void {
  const leaves = join(folder, 'leaves');
  writeFileSync(leaves, readFileSync(leaves, 'latin1').replace(from, to), 'latin1');
}

test('a difference of its own copy is found again at each start, and not kept', async () => {
  await ask(start(), requestOf(frames, 0, 3));
  damageLeaves(',7574', ',7575');
  for (let each = 0; each < 2; each++) {
    const [status] = await ask(start(), requestOf(frames, 3, 8));
    expect([status, existsSync(join(folder, 'difference'))]).toEqual([422, false]);
  }
  rmSync(join(folder, 'leaves'));
  expect(await ask(start(), requestOf(frames, 3, 8))).toEqual([200]);
});

test('leaves that are not those that were cosigned are not held against the server', async () => {
  await ask(start(), requestOf(frames, 0, 3));
  damageLeaves('number fixed 7574', 'number fixed 7575');
  expect(() => start()).toThrow(StorageFailed);
  rmSync(join(folder, 'leaves'));
  expect(await ask(start(), requestOf(frames, 3, 8))).toEqual([200]);
});

test('does not cosign a tree that is not that of the leaves it was given', async () => {
  const signed = [frames[0]!, frames[2]!, frames[1]!];
  const [status, reason] = await ask(start(), requestOf(signed, 0, 3));
  expect([status, reason]).toEqual([422, expect.stringMatching(/^root of 3 leaves: the server says/)]);
});

test('looks at the seal before the result', async () => {
  const [status, reason] = await ask(start(), requestOf(frames, 0, 9));
  expect([status, reason]).toEqual([
    422,
    expect.stringMatching(/^the result is shown before the seal, leaf 7,/),
  ]);
});

test('says that the server cannot be asked, and goes on when it can', async () => {
  const witness = start(new FeedFailed('out of reach'));
  expect(await ask(witness, requestOf(frames, 0, 3))).toEqual([503, 'out of reach\n']);
  expect(await ask(start([]), requestOf(frames, 0, 3))).toEqual([503, 'the server gives no leaf 0\n']);
  expect(await ask(start(), requestOf(frames, 0, 3))).toEqual([200]);
});

test('a leaf and a note that were not written whole are forgotten', async () => {
  await ask(start(), requestOf(frames, 0, 3));
  appendFileSync(join(folder, 'leaves'), '100 0 0\nlottery');
  appendFileSync(join(folder, 'cosigned'), '1000\nlottery');
  expect(await ask(start(), requestOf(frames, 3, 8))).toEqual([200]);
  truncateSync(join(folder, 'leaves'), 10);
  expect(await ask(start(), requestOf(frames, 8, 9))).toEqual([200]);
});

test('two controls in one folder do not both cosign', async () => {
  const [one, other] = [start(), start()];
  expect(await ask(one, requestOf(frames, 0, 3))).toEqual([200]);
  await expect(ask(other, requestOf(frames, 0, 2))).rejects.toThrow(StorageFailed);
});
