import { resolve } from 'node:path';

import { Contestant } from '../contestants';
import { findProgram, versionOf } from './find_program';
import { ServerProcess } from './server_process';
import { freePort } from '../../tools/free_port';
import { prepared } from './starting';
import { RedisWire } from './wires/redis_wire';

/**
 * Redis with its log of commands, synced before each answer: a value for each batch. It keeps all values in memory.
 *
 * @throws OperationError when it is not installed
 */
export function redis(): Contestant {
  const program = findProgram('redis-server');
  return {
    name: `Redis ${versionOf(program)}`,
    promise: 'synced; a batch that comes again replaces the first; no field checked',
    wire: 'redis',
    start: async (folder) => {
      const port = await freePort();
      const server = new ServerProcess(program, settings(resolve(folder), port));
      return prepared(server, port, { createWire });
    },
  };
}

function createWire(): RedisWire {
  return new RedisWire({ agency: 0, bets: Buffer.alloc(0), places: 1 });
}

function settings(folder: string, port: number): string[] {
  const values = {
    bind: '127.0.0.1',
    port: String(port),
    dir: folder,
    appendonly: 'yes',
    appendfsync: 'always',
    // No second copy beside the log, and no rewriting of the log, in which nothing is ever replaced: neither would
    // promise more, and both would cost.
    save: '',
    'auto-aof-rewrite-percentage': '0',
  };
  return Object.entries(values).flatMap(([name, value]) => [`--${name}`, value]);
}
