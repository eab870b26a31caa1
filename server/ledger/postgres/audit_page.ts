import type { AuditSegment } from '../audit_reader';
import type { Connection } from './connection';

/** How much of the log is read at once, up to one segment more. */
const PAGE_BYTES = 1024 * 1024;
const PAGE_SEGMENTS = 1_000;

/**
 * Reads the next segments, as many as fill a page.
 *
 * @param after the sequence number that they stand behind
 * @param last the highest one
 * @throws as `Connection.query`
 */
export function readAuditPage(connection: Connection, after: number, last: number): Promise<AuditSegment[]> {
  return connection.query<AuditSegment>(
    `SELECT sequence, lines
     FROM (
       SELECT *, sum(octet_length(lines)) OVER (ORDER BY sequence) - octet_length(lines) AS bytes_before
       FROM (
         SELECT * FROM audit WHERE sequence > $1::bigint AND sequence <= $2::bigint
         ORDER BY sequence LIMIT ${PAGE_SEGMENTS}
       ) AS next
     ) AS page
     WHERE bytes_before < ${PAGE_BYTES} ORDER BY sequence`,
    [after, last],
    'audit_page',
  );
}
