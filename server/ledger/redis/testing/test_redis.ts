import { setTimeout as pause } from 'node:timers/promises';

import { createClient } from '@redis/client';

import type { RedisServer } from '../../../../tests/support/redis';
import { KEYS } from '../database_constants';

const LOOK_AGAIN_MS = 2;
/** How long {@link TestRedis.holdGroups} holds at most. */
const HOLD_MS = 60_000;

/** The number of the database that the next test gets. */
let nextDatabase = 0;

/** An empty database of a test's own, looked at with plain commands. */
export class TestRedis {
  readonly url: string;

  constructor(server: RedisServer) {
    this.url = server.url(nextDatabase++);
  }

  /** Carries out a command over a connection of its own. */
  async command<Reply = unknown>(...words: readonly string[]): Promise<Reply> {
    const client = await createClient({ url: this.url, name: 'test', RESP: 2 }).connect();
    try {
      return await client.sendCommand<Reply>([...words]);
    } finally {
      client.destroy();
    }
  }

  /** Waits until a command's reply is as wanted. */
  async untilReply(words: readonly string[], isWanted: (reply: unknown) => boolean): Promise<void> {
    while (!isWanted(await this.command(...words))) await pause(LOOK_AGAIN_MS);
  }

  /** The audit log of the ledger in it. */
  async auditLines(): Promise<string[]> {
    const entries = await this.command<[string, string[]][]>('XRANGE', KEYS.log, '-', '+');
    return entries.flatMap(([, [, lines]]) => (lines ?? '').split('\n').slice(0, -1));
  }

  /** The batches of the ledger in it: agency and id, in the order of both. */
  async batches(): Promise<readonly (readonly [number, number])[]> {
    const entries = await this.command<string[]>('LRANGE', KEYS.order, '0', '-1');
    return entries
      .map((entry) => entry.split(',').map(Number) as [number, number])
      .sort(([agency, id], [otherAgency, otherId]) => agency - otherAgency || id - otherId);
  }

  /** Keeps every group from being carried out. @returns a function that ends this */
  async holdGroups(): Promise<() => Promise<void>> {
    await this.command('CLIENT', 'PAUSE', String(HOLD_MS), 'WRITE');
    return async () => {
      await this.command('CLIENT', 'UNPAUSE');
    };
  }

  /** Waits until a group is held up by {@link holdGroups}. */
  untilGroupWaits(): Promise<void> {
    return this.untilReply(['CLIENT', 'LIST'], (list) => /name=lottery .*flags=[A-Z]*b/.test(String(list)));
  }

  /** Ends the connections of all ledgers. */
  async endConnections(): Promise<void> {
    const list = await this.command<string>('CLIENT', 'LIST');
    for (const [, id] of list.matchAll(/^id=(\d+) .*name=lottery /gm)) {
      await this.command('CLIENT', 'KILL', 'ID', id!).catch(() => undefined);
    }
  }
}
