import { setTimeout as pause } from 'node:timers/promises';

import { OperationError } from '../../../program/exit';
import type { Connection } from './connection';
import { LOTTERY_LOCK } from './database_constants';

/** Between two looks whether groups have ended: the first pause, and the longest. */
const MIN_PAUSE_MS = 2;
const MAX_PAUSE_MS = 100;
/** How long a group is waited for. The database ends the servers' after 10 s. */
const MAX_WAIT_MS = 30_000;

/**
 * Up to where the audit log is settled: no line will come any more up to there.
 *
 * Groups of different agencies may be committed in another order than that of their numbers, so that a line may yet
 * come above one that is there. Which groups those are is looked at in `pg_locks`, which keeps nobody from writing:
 *
 * 1. The highest number N that a line has is read. Whoever has a lower number has taken it before, since numbers are
 *    given upwards, and has had the lottery's lock at that moment: a group takes its number behind the lock
 *    (functions.ts) and keeps the lock until it has ended.
 * 2. Then it is looked who has the lock. Of the groups with a lower number each has ended, or is among these.
 * 3. When none of these has the lock any more, all of them have ended. A transaction gives its locks back once others
 *    see what it has committed, so that whoever reads then reads all lines up to N that there will ever be.
 *
 * Those that take the lock meanwhile take a number beyond N and are not waited for: it ends however much is written.
 */
export class SettledLog {
  readonly #connection: Connection;
  readonly #stop: AbortSignal;
  #settled = 0;

  /** @param stop ends any waiting */
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

  /** The transactions that have the lottery's lock, by names that no other transaction is given. */
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
