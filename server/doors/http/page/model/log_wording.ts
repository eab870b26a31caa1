/** The text of the page about the log that receipts are cut out of. */
import type { Board } from './board';
import { formatMany } from './format';

/** How far the log is; empty where there is none. */
export function logText({ figures: { log } }: Board): string {
  if (log === undefined) return '';
  const entries = `${formatMany(log.size, 'entry is', 'entries are')} signed`;
  if (log.hasResult) return `Log: ${entries}; the sale is sealed, and the result stands behind the seal.`;
  return log.isSealed ? `Log: ${entries}; the sale is sealed.` : `Log: ${entries}.`;
}
