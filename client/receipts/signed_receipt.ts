/** What a receipt says of the log, before anything is held against the agency's own bets. */
import { leafHash } from '../../transparency/tree/hash';
import { verifyInclusion } from '../../transparency/tree/merkle';
import { ProofError } from '../../transparency/tree/proof_error';
import { Checkpoint, parseCheckpoint } from '../../transparency/notes/checkpoint';
import { readLogProof } from '../../transparency/notes/log_proof';
import { NoteError, NoteVerifier, openNote } from '../../transparency/notes/note';
import { WrongReceipt } from './wrong_receipt';

/** A receipt whose checkpoint is signed by the log. */
export interface SignedReceipt {
  readonly checkpoint: Checkpoint;
  /** Of the leaf, from 0. */
  readonly index: number;
  readonly hashes: readonly Buffer[];
  /** What is needed to make the leaf (PROTOCOL.md, R29): nobody has signed it. */
  readonly extra: Buffer;
}

/**
 * Opens a receipt.
 *
 * @param log the key of the log
 * @param extraBytes how long `extra` must be
 * @throws WrongReceipt when it is no tlog-proof, is not signed by the log, or is another log's
 */
export function openReceipt(receipt: Buffer, log: NoteVerifier, extraBytes: number): SignedReceipt {
  const { index, hashes, extra, checkpoint: note } = reasoned(() => readLogProof(receipt.toString('utf8')));
  const checkpoint = reasoned(() => parseCheckpoint(openNote(note, [log]).text));
  if (checkpoint.origin !== log.name) throw new WrongReceipt('its checkpoint is of another log');
  if (extra?.length !== extraBytes) {
    throw new WrongReceipt(`it has ${extra?.length ?? 0} bytes of extra where ${extraBytes} belong`);
  }
  return { checkpoint, index, hashes, extra };
}

/** Whether the tree of a receipt's checkpoint has this entry at the receipt's index. */
export function hasEntry({ checkpoint, index, hashes }: SignedReceipt, entry: Buffer): boolean {
  const { size, root } = checkpoint;
  try {
    verifyInclusion({ index, size, leafHash: leafHash(entry), proof: [...hashes], root });
    return true;
  } catch (error) {
    if (error instanceof ProofError) return false;
    throw error;
  }
}

function reasoned<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (error instanceof ProofError || error instanceof NoteError) throw new WrongReceipt(error.message);
    throw error;
  }
}
