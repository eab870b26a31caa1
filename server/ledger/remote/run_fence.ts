import { randomUUID } from 'node:crypto';

import { GroupId, LastGroup, LedgerLost, RunConnection } from './remote_store';

/**
 * Decides who may commit for a server: only the newest of its connections. A run is the time from opening the ledger to
 * closing it; the store keeps which connection of the run may commit, the last group that it has stored, and that group's
 * answers.
 *
 * When a connection is lost with a group under way, nobody knows whether that group was stored. The next connection takes
 * over first: from then on the group is stored, and is the run's last, or it never will be.
 */
export class RunFence {
  readonly #runId: string;
  #connections = 1;
  /** What the store calls the last connection that could commit. */
  #former: string;
  #groups = 0;
  /** The last group that is known to be stored. */
  #stored = 0;

  /** Begins a run, over its first connection. @throws as `beginRun` of the connection */
  static async begin(connection: RunConnection): Promise<RunFence> {
    const runId = randomUUID();
    await connection.beginRun(runId);
    return new RunFence(runId, connection.name);
  }

  private constructor(runId: string, former: string) {
    this.#runId = runId;
    this.#former = former;
  }

  /** The number of a new group. */
  nextGroup(): number {
    return ++this.#groups;
  }

  /** What the store knows a group by that is sent over the newest connection. */
  idOf(group: number): GroupId {
    return { runId: this.#runId, connection: this.#connections, group };
  }

  /** Notes that a group is stored. */
  noteStored(group: number): void {
    this.#stored = group;
  }

  /** The last group that is stored, by a connection that may commit. @throws LedgerLost when the run is gone */
  readLast(connection: RunConnection): Promise<LastGroup> {
    return connection.readRun(this.#runId);
  }

  /**
   * Makes this connection the only one that may commit.
   *
   * @returns the last group that is stored, by then for good
   * @throws LedgerLost when the store does not have the run, or not all of its groups
   */
  async passTo(connection: RunConnection): Promise<LastGroup> {
    const last = await connection.takeOver(this.#runId, ++this.#connections, this.#former);
    this.#former = connection.name;
    if (last.number < this.#stored) throw new LedgerLost();
    this.#stored = last.number;
    return last;
  }

  /** Ends the run. */
  end(connection: RunConnection): Promise<void> {
    return connection.endRun(this.#runId);
  }
}
