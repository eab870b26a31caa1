/** Holds everything that a log has ever signed against what it has become. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Checkpoint, parseCheckpoint } from '../../../transparency/notes/checkpoint';
import { openNote, parseVerifierKey } from '../../../transparency/notes/note';
import { leafHash } from '../../../transparency/tree/hash';
import { CompactRange } from '../../../transparency/tree/merkle';
import { decodeEntries, newTiles, tilePath } from '../../../transparency/tree/tiles';
import { ROOT } from '../../support/built';
import { LogKey } from '../../support/log_key';
import { GivenReceipt } from './collector';

/** The entries in a log's folder, as somebody reads them who has nothing else. */
export function entriesIn(folder: string, size: number): Buffer[] {
  const tiles = [...newTiles(0, size)].filter(({ level }) => level === 'entries');
  return tiles.flatMap(({ level, index, width }) =>
    decodeEntries(readFileSync(join(folder, tilePath(level, index, width)))),
  );
}

/** A signed checkpoint. @throws NoteError when it is none of this log's */
export function openCheckpoint(note: Buffer | string, verifierKey: string): Checkpoint {
  return parseCheckpoint(openNote(Buffer.from(note), [parseVerifierKey(verifierKey)]).text);
}

/** The checkpoint in a receipt, as it was signed. */
export const checkpointIn = (receipt: string): string => receipt.slice(receipt.indexOf('\n\n') + 2);

/**
 * Looks whether every checkpoint is one of the tree in the folder.
 *
 * @param notes all that were ever signed
 * @returns what is wrong, in words
 */
export function compareCheckpoints(
  folder: string,
  verifierKey: string,
  notes: ReadonlySet<string>,
): string[] {
  const last = openCheckpoint(readFileSync(join(folder, 'checkpoint')), verifierKey);
  const roots = new Map<number, Buffer>();
  const range = new CompactRange();
  for (const entry of entriesIn(folder, last.size)) {
    range.append(leafHash(entry));
    roots.set(range.size, range.root());
  }
  const findings: string[] = [];
  for (const note of notes) {
    const { size, root } = openCheckpoint(note, verifierKey);
    const own = roots.get(size);
    if (own === undefined) findings.push(`a tree of ${size} leaves was signed, and ${last.size} are left`);
    else if (!own.equals(root)) findings.push(`another tree of ${size} leaves was signed`);
  }
  return findings;
}

/** What an agency brings to the verifier. */
export interface OwnPart {
  readonly agency: number;
  /** Its rows, as a CSV file. */
  readonly rows: string;
  /** Its documents, joined with commas. */
  readonly winners: string;
  readonly receipts: readonly GivenReceipt[];
}

/**
 * Runs the verifier, which shares no code with the server, with all that an agency has.
 *
 * @param work a folder that is not there yet
 * @returns its exit code, and what it has printed
 */
export function runVerifier(
  bundle: string,
  { policyFile }: LogKey,
  { agency, rows, winners, receipts }: OwnPart,
  work: string,
): { readonly exit: number | null; readonly output: string } {
  const folder = join(work, 'receipts');
  mkdirSync(folder, { recursive: true });
  for (const [at, { text }] of receipts.entries()) writeFileSync(join(folder, `${at}.tlog-proof`), text);
  const [bets, winnersFile] = [join(work, 'bets.csv'), join(work, 'winners.txt')];
  writeFileSync(bets, rows);
  writeFileSync(winnersFile, winners === '' ? '' : `${winners.replaceAll(',', '\n')}\n`);
  const words = ['--policy', policyFile, '--bundle', bundle, '--agency', String(agency), '--bets', bets];
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(ROOT, 'verifier/verify.mjs'), ...words, '--receipts', folder, '--winners', winnersFile],
    { encoding: 'utf8' },
  );
  return { exit: status, output: stdout + stderr };
}
