/**
 * The deadline on which all servers over one store agree: it stands there, and the store's clock decides when it has passed.
 * It may be changed only while no other server has the ledger open.
 */
import { ConfigurationError } from '../../../program/exit';
import type { DeadlineAction, DrawDeadline } from '../draw';
import { LedgerLost } from './remote_store';

/** A deadline as a store keeps it: a time, or so long after the first FIN, in milliseconds; all `null` for none. */
export interface KeptDeadline {
  readonly action: DeadlineAction | null;
  readonly atMs: number | null;
  readonly afterMs: number | null;
}

/** How a deadline is kept. */
export function keptDeadline(deadline: DrawDeadline | undefined): KeptDeadline {
  return {
    action: deadline?.action ?? null,
    atMs: deadline && 'atMs' in deadline ? deadline.atMs : null,
    afterMs: deadline && 'afterFirstFinishMs' in deadline ? deadline.afterFirstFinishMs : null,
  };
}

/** Whether two deadlines are the same. */
export function isSameDeadline(one: KeptDeadline, other: KeptDeadline): boolean {
  return one.action === other.action && one.atMs === other.atMs && one.afterMs === other.afterMs;
}

/** What a server is refused with that has another deadline than the servers that have the ledger open. */
export function otherDeadline(kept: KeptDeadline, wanted: KeptDeadline): ConfigurationError {
  return new ConfigurationError(
    `the servers over the database have ${inWords(kept)}, configured is ${inWords(wanted)}: ` +
      'take their settings, or stop them all to change it',
  );
}

/** What ends a server whose deadline was changed by another one while it had no connection. */
export function deadlineChanged(): LedgerLost {
  return new LedgerLost('the database: another server has changed DRAW_DEADLINE or DRAW_DEADLINE_ACTION');
}

function inWords({ action, atMs, afterMs }: KeptDeadline): string {
  if (action === null) return 'no DRAW_DEADLINE';
  const when = atMs === null ? `${afterMs}ms` : new Date(atMs).toISOString();
  return `DRAW_DEADLINE ${when} and DRAW_DEADLINE_ACTION ${action}`;
}
