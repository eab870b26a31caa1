/** Checkpoints, the heads of a log: C2SP tlog-checkpoint. */
import { EMPTY_ROOT, HASH_BYTES } from '../tree/hash';
import { decodeBase64, parseCount, quoted } from './encoding';
import { checkText, NoteError } from './note';

/** How large a log's tree is, and its root. */
export interface Checkpoint {
  /** Which log this is. */
  readonly origin: string;
  /** How many leaves there are, up to 2^53 − 1. */
  readonly size: number;
  /** 32 bytes. */
  readonly root: Buffer;
}

/** The text of a checkpoint, which is to be signed: three lines. @throws NoteError for what no checkpoint may have */
export function checkpointText(checkpoint: Checkpoint): string {
  const { origin, size, root } = checkpoint;
  const text = `${origin}\n${size}\n${root.toString('base64')}\n`;
  parseCheckpoint(text);
  return text;
}

/**
 * Reads the text of an opened note. Extension lines, against which C2SP advises since nobody checks them, are refused: the
 * logs that this is for have none.
 *
 * @throws NoteError unless it has exactly three lines: an origin, a size from 0 to 2^53 − 1 in decimal without zeros
 * before it, and a root of 32 bytes in base64, which for a tree without leaves is SHA-256 of nothing
 */
export function parseCheckpoint(text: string): Checkpoint {
  checkText(text);
  const [origin = '', sizeText = '', rootText = '', ...more] = text.slice(0, -1).split('\n');
  if (more.length > 0) throw new NoteError('the checkpoint has more than three lines');
  if (origin === '') throw new NoteError('the checkpoint has no origin');
  const size = parseCount(sizeText);
  if (size === undefined) {
    throw new NoteError(
      `the checkpoint has the size ${quoted(sizeText)}; allowed are whole numbers from 0 to 2^53 - 1`,
    );
  }
  const root = decodeBase64(rootText);
  if (root?.length !== HASH_BYTES) {
    throw new NoteError(
      `the checkpoint has the root ${quoted(rootText)}; it must be ${HASH_BYTES} bytes in base64`,
    );
  }
  if (size === 0 && !root.equals(EMPTY_ROOT))
    throw new NoteError('the checkpoint of an empty tree has another root');
  return { origin, size, root };
}
