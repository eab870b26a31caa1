import { LogTerms, termsEntry } from '../../transparency/draw/entries';
import { parseCheckpoint } from '../../transparency/notes/checkpoint';
import { NoteError, parseVerifierKey } from '../../transparency/notes/note';
import { signaturesUnder } from '../../transparency/notes/signature_line';
import { ProofError } from '../../transparency/tree/proof_error';
import { decodeEntries, TILE_WIDTH, tilePath } from '../../transparency/tree/tiles';
import { CHECKPOINT_FILE, LogFolder } from './log_folder';

/** In what a log that was begun differs from what it is to go on with. */
export interface BegunOtherwise {
  readonly what: 'origin' | 'key' | 'policy' | 'number' | 'close';
  /** What it was begun with, as its checkpoint or its first leaf says it; empty for nothing, and left out for a key. */
  readonly line?: string;
}

/**
 * Looks whether the log in a folder was begun with these terms and this key. It trusts nothing of what it reads, and is for
 * the operator who has changed a setting: a log that cannot be read, or is not what its signature says, is no difference here.
 *
 * @param verifierKey of the key that signs from now on
 * @throws the file system's error
 */
export function begunOtherwise(
  folder: LogFolder,
  terms: LogTerms,
  verifierKey: string,
): BegunOtherwise | undefined {
  const note = folder.read(CHECKPOINT_FILE)?.toString();
  if (note === undefined) return undefined;
  try {
    const { origin, size } = parseCheckpoint(note.slice(0, note.lastIndexOf('\n\n') + 1));
    if (origin !== terms.origin) return { what: 'origin', line: origin };
    if (!isSignedBy(note, verifierKey)) return { what: 'key' };
    return differenceIn(firstEntry(folder, size), termsEntry(terms));
  } catch (error) {
    if (error instanceof NoteError || error instanceof ProofError) return undefined;
    throw error;
  }
}

/** What servers over one ledger agree on before the first leaf: the key, and what the first leaf says. */
export function agreementText(terms: LogTerms, verifierKey: string): Buffer {
  return Buffer.concat([Buffer.from(`on\n${verifierKey}\n`), termsEntry(terms)]);
}

/** In what this server differs from what was agreed on. @param agreed made by {@link agreementText} */
export function agreedOtherwise(
  agreed: Buffer,
  terms: LogTerms,
  verifierKey: string,
): BegunOtherwise | undefined {
  const [, key = '', ...entry] = agreed.toString().split('\n');
  const origin = key.slice(0, key.indexOf('+'));
  if (origin !== terms.origin) return { what: 'origin', line: origin };
  if (key !== verifierKey) return { what: 'key' };
  return differenceIn(Buffer.from(entry.join('\n')), termsEntry(terms));
}

/** Whether one of the signatures names the key, rightly or not. */
function isSignedBy(note: string, key: string): boolean {
  const { name, keyId } = parseVerifierKey(key);
  return signaturesUnder(note).some((signature) => signature.name === name && signature.keyId === keyId);
}

function firstEntry(folder: LogFolder, size: number): Buffer | undefined {
  const bytes = size === 0 ? undefined : folder.read(tilePath('entries', 0, Math.min(size, TILE_WIDTH)));
  return bytes && decodeEntries(bytes)[0];
}

function differenceIn(begunWith: Buffer | undefined, now: Buffer): BegunOtherwise | undefined {
  if (begunWith === undefined || begunWith.equals(now)) return undefined;
  for (const [what, kind] of [
    ['policy', /^policy .*$/m],
    ['number', /^number .*$/m],
    ['close', /^close .*$/m],
  ] as const) {
    const before = lineOf(begunWith, kind);
    if (before !== lineOf(now, kind)) return { what, line: before };
  }
  return undefined;
}

function lineOf(entry: Buffer, kind: RegExp): string {
  return kind.exec(entry.toString())?.[0] ?? '';
}
