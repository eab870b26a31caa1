/** Proofs that can be verified without asking anybody: C2SP tlog-proof. A receipt is one. */
import { HASH_BYTES } from '../tree/hash';
import { ProofError } from '../tree/proof_error';
import { decodeBase64, parseCount, quoted } from './encoding';

const HEADER = 'c2sp.org/tlog-proof@v1';
/** How many characters a proof may have, its checkpoint included. */
export const MAX_PROOF_LENGTH = 1_100_000;
/** As many levels has the largest tree. */
const MAX_HASHES = 53;

/** That an entry is in a log. */
export interface LogProof {
  /** What is needed besides to make the hash of the entry. Nobody has signed it. At least a byte. */
  readonly extra?: Buffer;
  /** Of the entry, from 0. */
  readonly index: number;
  /** The proof of inclusion, from the leaf upwards: 32 bytes each. */
  readonly hashes: readonly Buffer[];
  /** The signed note, as it came. */
  readonly checkpoint: string;
}

/** Writes a proof. @throws ProofError for one that {@link readLogProof} would not read */
export function writeLogProof({ extra, index, hashes, checkpoint }: LogProof): string {
  const lines = [
    HEADER,
    ...(extra === undefined ? [] : [`extra ${extra.toString('base64')}`]),
    `index ${index}`,
    ...hashes.map((hash) => hash.toString('base64')),
    '',
  ];
  const text = `${lines.join('\n')}\n${checkpoint}`;
  readLogProof(text);
  return text;
}

/**
 * Reads a proof. Nothing is verified: the checkpoint is to be opened, and the hashes are to be tried with `verifyInclusion`.
 *
 * @throws ProofError where it is malformed, or longer than 1,100,000 characters
 */
export function readLogProof(text: string): LogProof {
  if (text.length > MAX_PROOF_LENGTH) {
    throw new ProofError(`the proof has ${text.length} characters; at most ${MAX_PROOF_LENGTH} are allowed`);
  }
  const blank = text.indexOf('\n\n');
  if (blank < 0) throw new ProofError('the proof has no blank line before its checkpoint');
  const checkpoint = text.slice(blank + 2);
  if (!checkpoint.endsWith('\n')) throw new ProofError('the proof does not end with a line feed');
  const [header, ...lines] = text.slice(0, blank).split('\n');
  if (header !== HEADER) throw new ProofError(`the proof does not begin with ${HEADER}`);
  const extra = lines[0]?.startsWith('extra ') === true ? parseExtra(lines.shift()!) : undefined;
  const index = parseIndex(lines.shift() ?? '');
  if (lines.length > MAX_HASHES) {
    throw new ProofError(`the proof has ${lines.length} hashes; no tree needs more than ${MAX_HASHES}`);
  }
  return { ...(extra === undefined ? {} : { extra }), index, hashes: lines.map(parseHash), checkpoint };
}

function parseExtra(line: string): Buffer {
  const extra = decodeBase64(line.slice('extra '.length));
  if (extra === undefined || extra.length === 0) {
    throw new ProofError('what the proof has behind extra is empty or not base64');
  }
  return extra;
}

function parseIndex(line: string): number {
  const index = line.startsWith('index ') ? parseCount(line.slice('index '.length)) : undefined;
  if (index === undefined) {
    throw new ProofError(
      `the proof has the line ${quoted(line)} where index and a number from 0 to 2^53 - 1 must be`,
    );
  }
  return index;
}

function parseHash(line: string): Buffer {
  const hash = decodeBase64(line);
  if (hash?.length !== HASH_BYTES) {
    throw new ProofError(
      `the proof has the line ${quoted(line)} where ${HASH_BYTES} bytes in base64 must be`,
    );
  }
  return hash;
}
