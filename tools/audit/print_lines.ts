import { OperationError } from '../../program/exit';
import type { AuditReader } from '../../server/ledger/audit_reader';
import type { LineOutput } from '../line_output';

/** How often the ledger is polled for new lines. */
const POLL_INTERVAL_MS = 100;

/**
 * Prints the audit log.
 *
 * @param isFollowing whether to go on with new lines as they become durable, until the output is over; if not, only the
 *   lines that were there at the start are printed
 * @throws OperationError when the log is damaged, or cannot be read
 */
export async function printLines(
  reader: Pick<AuditReader, 'lastSequence' | 'read'>,
  output: LineOutput,
  isFollowing: boolean,
): Promise<void> {
  let printed = 0;
  do {
    const last = await reader.lastSequence();
    if (last < printed) throw new OperationError('the ledger is damaged: lines that were printed are gone');
    for await (const { lines } of reader.read(printed, last)) {
      if (!(await output.write(lines))) return;
    }
    printed = last;
  } while (isFollowing && (await output.pause(POLL_INTERVAL_MS)));
}
