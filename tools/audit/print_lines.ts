import type { AuditReader } from '../../server/ledger/sqlite/audit_reader';
import type { LineOutput } from './line_output';

/** How often the ledger is asked for new lines. */
const POLL_INTERVAL_MS = 100;

/**
 * Prints the audit log.
 *
 * @param isFollowing whether to go on with the lines that become durable, until the output is over; without it, the
 *   lines are those that were there at the start
 * @throws OperationError when the log is damaged
 */
export async function printLines(
  reader: AuditReader,
  output: LineOutput,
  isFollowing: boolean,
): Promise<void> {
  const end = isFollowing ? Infinity : lastSequence(reader);
  let printed = 0;
  do {
    for (const { sequence, lines } of reader.read(printed)) {
      if (sequence > end || !(await output.write(lines))) return;
      printed = sequence;
    }
  } while (isFollowing && (await output.pause(POLL_INTERVAL_MS)));
}

function lastSequence({ database }: AuditReader): number {
  const last = database.prepare<[], number | null>('SELECT max(sequence) FROM segments').pluck().get();
  return last ?? 0;
}
