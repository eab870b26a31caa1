/** A lottery of the server's own code, as frames: what the control must find equal. */
import { agencySaltKey, batchSalt } from '../../transparency/draw/commitments';
import { checkpointText } from '../../transparency/notes/checkpoint';
import { noteSigner, signedNote } from '../../transparency/notes/note';
import { keyOfByte } from '../../transparency/notes/testing/keys';
import { leafHash } from '../../transparency/tree/hash';
import { consistencyProof, rootOf } from '../../transparency/tree/merkle';
import { sourceOf } from '../../transparency/tree/testing/reference_tree';
import { LotteryLeaves } from '../../server/transparency/lottery_leaves';
import type { Frame } from '../frames';

export const ORIGIN = 'lottery.example/control';
export const LOG = noteSigner(ORIGIN, keyOfByte(0x4c));
const SECRET = Buffer.alloc(32, 9);
const NONE = Buffer.alloc(0);

function text(agency: number, first: number, numbers: readonly number[]): Buffer {
  const bets = numbers.map(
    (number, index) => `${agency},${first + index},Ana,Díaz,${first + index}00${number},1987-03-17,${number}`,
  );
  return Buffer.from(bets.join(';'));
}

/** Terms, 4 batches, 2 FINs, the seal with agency 3 missing, and the result: 9 leaves. @param winners documents */
export function smallLottery(
  winners = new Map([
    [1, '1007574,3007574'],
    [3, '7007574'],
  ]),
): Frame[] {
  const leaves = new LotteryLeaves(
    { origin: ORIGIN, agencies: 3, number: { kind: 'fixed', number: 7574 } },
    SECRET,
  );
  const frames: Frame[] = [{ entry: leaves.terms, secret: NONE, text: NONE }];
  const batch = (agency: number, batchId: number, first: number, numbers: readonly number[]): void => {
    const bets = text(agency, first, numbers);
    const lastBetId = first + numbers.length - 1;
    const leaf = { kind: 'batch', agency, batchId, bets: numbers.length, lastBetId, text: bets } as const;
    const secret = batchSalt(agencySaltKey(SECRET, agency), batchId);
    frames.push({ entry: leaves.entryOf(leaf)!, secret, text: bets });
  };
  // The second batch of agency 1 is stored first: winners are told in the order of batch ids.
  batch(1, 2, 3, [7574, 8]);
  batch(1, 1, 1, [7574, 12]);
  batch(2, 1, 1, [1]);
  batch(3, 5, 7, [7574]);
  for (const agency of [1, 2]) {
    const entry = leaves.entryOf({ kind: 'finish', agency })!;
    frames.push({ entry, secret: agencySaltKey(SECRET, agency), text: NONE });
  }
  frames.push({ entry: leaves.entryOf({ kind: 'seal' })!, secret: agencySaltKey(SECRET, 3), text: NONE });
  const draw = { missingAgencies: [3], isCalledOff: false, winnerNumber: 7574, winners, bets: 6 };
  frames.push({ entry: leaves.resultOf(draw, () => ({ kind: 'fixed' })).entry, secret: NONE, text: NONE });
  return frames;
}

/** The same, but for a bet in the third leaf: what a server gives that has signed another one. */
export function lyingAbout(frames: readonly Frame[]): Frame[] {
  return frames.map((frame, index) =>
    index === 2 ? { ...frame, text: Buffer.from(frame.text.toString().replace('7574', '7575')) } : frame,
  );
}

/** The log's checkpoint of the first leaves. */
export function checkpointOf(frames: readonly Frame[], size: number): string {
  const root = rootOf(frames.slice(0, size).map(({ entry }) => leafHash(entry)));
  const body = checkpointText({ origin: ORIGIN, size, root });
  return signedNote(body, LOG.sign(body));
}

/** The body of `add-checkpoint`. */
export function requestOf(frames: readonly Frame[], old: number, size: number): Buffer {
  const hashes = sourceOf(frames.map(({ entry }) => leafHash(entry)));
  const proof = old === 0 ? [] : consistencyProof(old, size, hashes);
  const lines = proof.map((hash) => `${hash.toString('base64')}\n`).join('');
  return Buffer.from(`old ${old}\n${lines}\n${checkpointOf(frames, size)}`);
}
