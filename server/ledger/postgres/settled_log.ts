import { setTimeout as pause } from 'node:timers/promises';

import { OperationError } from '../../../program/exit';
import type { Connection } from './connection';
import { LOTTERY_LOCK } from './database_constants';

/** The first pause between two looks at whether groups have ended, and the longest. */
const MIN_PAUSE_MS = 2;
const MAX_PAUSE_MS = 100;
/** How long a group is waited for. The database ends groups of servers after 10 s. */
const MAX_WAIT_MS = 30_000;

/**
 * Finds up to where the audit log is settled: no more lines will appear up to there.
 *
 * Groups of different agencies may be committed in another order than that of their numbers, so a line may still appear
 * above one that is there. Which groups are under way is read from `pg_locks`, which holds up no writer:
 *
 * 1. Read the highest number N that a line has. A group with a lower number has taken it before, since numbers are handed
 *    out in ascending order, and held the lottery's lock at that time: a group takes its number after the lock
 *    (functions/lottery_commit.sql) and keeps the lock until it has ended.
 * 2. Read who holds the lock. Each group with a lower number has ended, or is among these.
 * 3. When none of these holds the lock any more, all of them have ended. A transaction releases its locks only after
 *    others can see what it has committed, so a reader finds all lines up to N that there will ever be.
 *
 * Groups that take the lock later get a number beyond N and are not waited for, so this ends however much is written.
 */
export class SettledLog {
  readonly #connection: Connection;
  readonly #stop: AbortSignal;
  #settled = 0;

  /** @param stop ends any wait */
  constructor(connection: Connection, stop: AbortSignal) {
    this.#connection = connection;
    this.#stop = stop;
  }

  /**
   * The highest number that a line has now, once the log is settled up to it.
   *
   * @throws OperationError when a group has not ended after 30 s
   */
  async lastSequence(): Promise<number> {
    const last = await this.#readLast();
    if (last > this.#settled) await this.#untilEnded(await this.#groupsUnderWay());
    this.#settled = last;
    return last;
  }

  async #readLast(): Promise<number> {
    const [row] = await this.#connection.query<{ last: number | null }>(
      'SELECT max(sequence) AS last FROM audit',
      [],
      'audit_last',
    );
    return row?.last ?? 0;
  }

  /** The transactions that hold the lottery's lock, by names that are never reused. */
  async #groupsUnderWay(): Promise<ReadonlySet<string>> {
    const rows = await this.#connection.query<{ name: string }>(
      `SELECT virtualtransaction AS name FROM pg_locks
       WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND (classid, objid) = (${LOTTERY_LOCK})
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      [],
      'audit_groups',
    );
    return new Set(rows.map(({ name }) => name));
  }

  async #untilEnded(awaited: ReadonlySet<string>): Promise<void> {
    const endMs = performance.now() + MAX_WAIT_MS;
    let left = awaited;
    for (let pauseMs = MIN_PAUSE_MS; left.size > 0; pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS)) {
      if (performance.now() > endMs) {
        throw new OperationError('the database: what a server has begun to store does not come to its end');
      }
      await pause(pauseMs, undefined, { signal: this.#stop });
      const underWay = await this.#groupsUnderWay();
      left = new Set([...left].filter((name) => underWay.has(name)));
    }
  }
}
