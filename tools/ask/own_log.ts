import { ledgerFolder } from '../server_program';

/** So many segments of the log are looked at first; then twice as many, until they hold enough lines. */
const FIRST_SEGMENTS = 64;

/**
 * The last lines of the audit log of the ledger in a folder, the oldest first. A server may use it meanwhile.
 *
 * @param folder of the server (server_program.ts)
 * @throws OperationError when the log cannot be read
 */
export async function lastLines(folder: string, count: number): Promise<string[]> {
  // Loaded when it is asked for: most do not.
  const { SqliteAuditReader } = await import('../../server/ledger/sqlite/audit_reader.js');
  const reader = new SqliteAuditReader(ledgerFolder(folder));
  try {
    const last = await reader.lastSequence();
    for (let segments = FIRST_SEGMENTS; ; segments *= 2) {
      const after = Math.max(last - segments, 0);
      const lines = linesOf(reader.read(after, last));
      if (lines.length >= count || after === 0) return lines.slice(-count);
    }
  } finally {
    await reader.close();
  }
}

function linesOf(segments: Iterable<{ readonly lines: string }>): string[] {
  return [...segments].flatMap(({ lines }) => lines.split('\n').slice(0, -1));
}
