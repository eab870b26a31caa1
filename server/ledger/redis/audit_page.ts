/** The audit log, page by page, so that one of any size can be read. */
import type { AuditSegment } from '../audit_reader';
import { Connection, mapOf, Reply } from './connection';
import { KEYS } from './database_constants';

/** A page is to have as many segments as come to about so many bytes. */
const MIN_PAGE_BYTES = 256 * 1024;
const MAX_PAGE_BYTES = 1024 * 1024;

/** Segments in their order. @param last the highest of them; all if left out @param count how many at most */
export async function readPage(
  connection: Connection,
  after: number,
  count: number,
  last?: number,
): Promise<AuditSegment[]> {
  const end = last === undefined ? '+' : `${last}-0`;
  const words = ['XRANGE', KEYS.log, `${after + 1}-0`, end, 'COUNT', String(count)];
  const entries = (await connection.call(words)) as readonly (readonly [Reply, Reply])[];
  return entries.map(([id, fields]) => ({
    sequence: Number(String(id).split('-')[0]),
    lines: mapOf(fields).get('lines') ?? '',
  }));
}

/** How many segments the next page is to have. @param count how many this one was to have @param max how many at most */
export function nextCount(page: readonly AuditSegment[], count: number, max: number): number {
  const bytes = page.reduce((sum, { lines }) => sum + lines.length, 0);
  if (bytes < MIN_PAGE_BYTES) return Math.min(2 * count, max);
  return bytes > MAX_PAGE_BYTES ? Math.max(1, Math.floor(count / 2)) : count;
}
