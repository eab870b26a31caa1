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
  readonly #server: RedisServer;
  readonly #database = nextDatabase++;

  /** @param login of the URL, with the `@` */
  constructor(server: RedisServer, login = '') {
    this.#server = server;
    this.url = server.url(this.#database).replace('//', `//${login}`);
  }

  /** A copy of all that is in it. */
  async copy(): Promise<TestRedis> {
    const copy = new TestRedis(this.#server);
    for (const key of await this.command<string[]>('KEYS', '*')) {
      await this.command('COPY', key, key, 'DB', String(copy.#database));
    }
    return copy;
  }

  /** Writes the audit log anew. @param change of a segment's lines; a segment without lines is left out */
  async changeLog(change: (lines: string, sequence: number) => string): Promise<void> {
    const entries = await this.command<[string, string[]][]>('XRANGE', KEYS.log, '-', '+');
    await this.command('DEL', KEYS.log);
    for (const [id, [, lines]] of entries) {
      const changed = change(lines ?? '', Number(id.split('-')[0]));
      if (changed !== '') await this.command('XADD', KEYS.log, id, 'lines', changed);
    }
  }

  /** Carries out a command over a connection of its own. */
  async command<Reply = unknown>(...words: readonly string[]): Promise<Reply> {
    const client = createClient({
      url: this.url,
      name: 'test',
      RESP: 2,
      socket: { reconnectStrategy: false },
    });
    client.on('error', () => undefined);
    await client.connect();
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

  /** Ends the connections of all ledgers and of those who read them. */
  async endConnections(): Promise<void> {
    const list = await this.command<string>('CLIENT', 'LIST');
    for (const [, id] of list.matchAll(/^id=(\d+) .*name=lottery(-[a-z]+)? /gm)) {
      await this.command('CLIENT', 'KILL', 'ID', id!).catch(() => undefined);
    }
  }
}
