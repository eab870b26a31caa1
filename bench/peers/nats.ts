import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { oneLine, OperationError } from '../../program/exit';
import { Contestant, RunningServer } from '../contestants';
import { findProgram, versionOf } from './find_program';
import { ServerProcess } from './server_process';
import { freePort } from '../../tools/free_port';
import { prepared } from './starting';
import { answerSubject, NatsWire, publish } from './wires/nats_wire';

/** When JetStream's files are synced: every two minutes, as it is shipped, or before each answer. */
export type NatsSync = 'default' | 'always';

const STREAM = { name: 'bets', subjects: ['bets.*'], storage: 'file', retention: 'limits', num_replicas: 1 };

/**
 * NATS JetStream: a message for each batch, in a stream on disk.
 *
 * @throws OperationError when it is not installed
 */
export function nats(sync: NatsSync): Contestant {
  const program = findProgram('nats-server');
  const name = `NATS JetStream ${versionOf(program)}`;
  const kept = 'one that comes again is kept twice; no field checked';
  return {
    name: sync === 'always' ? `${name}, synced` : name,
    promise: sync === 'always' ? `synced; ${kept}` : `written, synced within two minutes; ${kept}`,
    wire: 'nats',
    start: (folder) => start(program, folder, sync),
  };
}

async function start(program: string, folder: string, sync: NatsSync): Promise<RunningServer> {
  const port = await freePort();
  const file = resolve(folder, 'nats.conf');
  writeFileSync(file, configuration(folder, port, sync));
  const server = new ServerProcess(program, ['--config', file]);
  const request = publish(
    `$JS.API.STREAM.CREATE.${STREAM.name}`,
    answerSubject(0, '1'),
    Buffer.from(JSON.stringify(STREAM)),
  );
  try {
    return await prepared(server, port, { createWire, request });
  } catch (error) {
    if (oneLine(error).includes('unknown field "sync_interval"')) {
      throw new OperationError('this version cannot sync before each answer (sync_interval: always)');
    }
    throw error;
  }
}

function createWire(): NatsWire {
  return new NatsWire({ agency: 0, bets: Buffer.alloc(0), places: 1 });
}

function configuration(folder: string, port: number, sync: NatsSync): string {
  const syncing = sync === 'always' ? ', sync_interval: always' : '';
  return `listen: "127.0.0.1:${port}"\njetstream { store_dir: ${JSON.stringify(resolve(folder))}${syncing} }\n`;
}
