/** What connections cost that send nothing. */
import { once } from 'node:events';
import { connect, Socket } from 'node:net';

import { AGENCIES, inFolder, startLottery } from './contestants';
import { runLoad } from './load/run_load';
import { peakMemoryMib, residentMemoryMib } from './process_usage';

/** Opened at a time: fewer than the kernel keeps for a server that is busy. */
const OPENED_TOGETHER = 100;

/** A server with many connections that idle. */
export interface IdleFigures {
  readonly connections: number;
  readonly memoryMib: number;
  /** The most, once bets came in beside them. */
  readonly memoryUnderLoadMib: number;
  readonly betsPerSecond: number;
  /** The same load without them. */
  readonly betsPerSecondAlone: number;
}

/** @param count how many connections; this process and the server each need a descriptor for every one */
export function measureIdleConnections(
  parent: string,
  count: number,
  measureMs: number,
): Promise<IdleFigures> {
  return inFolder(parent, async (folder) => {
    const server = await startLottery(folder, { MAX_CONNECTIONS: String(count + AGENCIES) });
    const idle: Socket[] = [];
    const load = {
      port: server.port,
      connections: AGENCIES,
      window: 8,
      betCount: 200,
      warmUpMs: 1_000,
      measureMs,
    };
    try {
      const alone = await runLoad(load, server.processId);
      while (idle.length < count)
        idle.push(...(await open(server.port, Math.min(OPENED_TOGETHER, count - idle.length))));
      const memoryMib = residentMemoryMib(server.processId);
      const firstBatchId = alone.acknowledgedBatches + AGENCIES;
      const beside = await runLoad({ ...load, firstBatchId }, server.processId);
      return {
        connections: idle.filter((socket) => !socket.destroyed).length,
        memoryMib,
        memoryUnderLoadMib: peakMemoryMib(server.processId),
        betsPerSecond: (beside.bets / beside.elapsedMs) * 1_000,
        betsPerSecondAlone: (alone.bets / alone.elapsedMs) * 1_000,
      };
    } finally {
      for (const socket of idle) socket.destroy();
      await server.stop();
    }
  });
}

function open(port: number, count: number): Promise<Socket[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const socket = connect({ port, host: '127.0.0.1' });
      await once(socket, 'connect');
      socket.on('error', () => undefined);
      return socket;
    }),
  );
}
