/** The leaves of the log with what the control needs to count them again (docs/HTTP.md, "The control's feed"). */
import { batchSalt } from '../../transparency/draw/commitments';
import type { LeafSource } from '../ledger/leaf_source';

/** No further leaf is added to so much; one leaf is given however long it is. */
const MAX_BYTES = 4 * 1024 * 1024;

/** What is read of a log. */
export interface ReadableLog {
  readonly publishedSize: number;
  entryAt(index: number): Buffer;
  saltKeyOf(agency: number): Buffer;
}

/**
 * Published leaves from `after` on, at most `limit` of them and about 4 MiB. Each is a line with three lengths in bytes, and
 * behind it the entry; of a batch its salt, of a FIN its agency's key, of the seal the keys of the missing agencies; and
 * of a batch its bets.
 *
 * @throws LedgerDamaged, OperationError, the file system's error
 */
export async function controlFrames(
  log: ReadableLog,
  source: Pick<LeafSource, 'batchText'>,
  after: number,
  limit: number,
): Promise<Buffer> {
  const parts: Buffer[] = [];
  const end = Math.min(after + limit, log.publishedSize);
  for (let index = after, bytes = 0; index < end && (bytes < MAX_BYTES || index === after); index++) {
    const entry = log.entryAt(index);
    const secret = secretOf(entry, log);
    const text = await textOf(entry, source);
    const lengths = Buffer.from(`${entry.length} ${secret.length} ${text.length}\n`);
    parts.push(lengths, entry, secret, text);
    bytes += entry.length + secret.length + text.length;
  }
  return Buffer.concat(parts);
}

function secretOf(entry: Buffer, log: ReadableLog): Buffer {
  const [kind, first = '', ...more] = entry.toString('latin1').split('\n');
  const [agency = 0, batchId = 0] = first.split(' ').map(Number);
  switch (kind) {
    case 'lottery-batch/v1':
      return batchSalt(log.saltKeyOf(agency), batchId);
    case 'lottery-finish/v1':
      return log.saltKeyOf(agency);
    case 'lottery-seal/v1':
      return Buffer.concat(missingIn(more).map((each) => log.saltKeyOf(each)));
    default:
      return Buffer.alloc(0);
  }
}

/** The agencies that a seal names as missing. */
function missingIn(lines: readonly string[]): number[] {
  const named = lines.find((line) => line.startsWith('missing '))?.slice('missing '.length) ?? '-';
  return named === '-' ? [] : named.split(',').map(Number);
}

async function textOf(entry: Buffer, source: Pick<LeafSource, 'batchText'>): Promise<Buffer> {
  const [kind, numbers = ''] = entry.toString('latin1').split('\n', 2);
  if (kind !== 'lottery-batch/v1') return Buffer.alloc(0);
  const [agency = 0, batchId = 0] = numbers.split(' ').map(Number);
  return source.batchText(agency, batchId);
}
