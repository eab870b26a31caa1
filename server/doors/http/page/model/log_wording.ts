/** The text of the page about the log that receipts are cut out of. */
import type { Board } from './board';
import { formatCount, formatMany } from './format';

/** So many signers are named; the others are counted. */
const MAX_NAMED = 4;

/** How far the log is; empty where there is none. */
export function logText({ figures: { log } }: Board): string {
  if (log === undefined) return '';
  const entries = `${formatMany(log.size, 'entry is', 'entries are')} signed`;
  if (log.hasResult) return `Log: ${entries}; the sale is sealed, and the result stands behind the seal.`;
  return log.isSealed ? `Log: ${entries}; the sale is sealed.` : `Log: ${entries}.`;
}

/** Whose signatures stand under the newest checkpoint and under the seal; empty where there are none. */
export function signersText({ figures: { log } }: Board): string {
  if (log === undefined || log.signers.length === 0) return '';
  const newest = names(log.signers);
  if (!log.isSealed) return `The newest checkpoint is signed by ${newest}.`;
  const seal = names(log.sealSigners);
  if (seal === newest) return `The seal and the newest checkpoint are signed by ${newest}.`;
  return `The seal is signed by ${seal}; the newest checkpoint by ${newest}.`;
}

/** `a`, `a and b`, `a, b and c`, `a, b, c, d and 3 more`. */
function names(signers: readonly string[]): string {
  const more = signers.length - MAX_NAMED;
  const named = more > 0 ? [...signers.slice(0, MAX_NAMED), `${formatCount(more)} more`] : signers;
  return [named.slice(0, -1).join(', '), ...named.slice(-1)].filter((part) => part !== '').join(' and ');
}
