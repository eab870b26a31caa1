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
  /** The same load without them: the mean of before and after, since a ledger that has grown is slower. */
  readonly betsPerSecondAlone: number;
}

/** @param count how many connections; this process and the server each need a descriptor for every one */
export function measureIdleConnections(
  parent: string,
  count: number,
  measureMs: number,
): Promise<IdleFigures> {
  return inFolder(parent, async (folder) => {
    const server = await startLottery(folder, {
      // A tenth is kept for those who have placed a bet.
      MAX_CONNECTIONS: String(Math.ceil((count + AGENCIES) / 0.9)),
      MAX_CONNECTIONS_PER_ADDRESS: String(count + AGENCIES),
    });
    const idle: Socket[] = [];
    const load = {
      ports: [server.port],
      connections: AGENCIES,
      window: 8,
      betCount: 200,
      warmUpMs: 1_000,
      measureMs,
    };
    let acknowledgedBatches = 0;
    const measure = async (): Promise<number> => {
      const firstBatchId = acknowledgedBatches + AGENCIES;
      const run = await runLoad({ ...load, firstBatchId }, server.processId);
      acknowledgedBatches += run.acknowledgedBatches;
      return (run.bets / run.elapsedMs) * 1_000;
    };
    try {
      const before = await measure();
      while (idle.length < count)
        idle.push(...(await open(server.port, Math.min(OPENED_TOGETHER, count - idle.length))));
      const memoryMib = residentMemoryMib(server.processId);
      const beside = await measure();
      const memoryUnderLoadMib = peakMemoryMib(server.processId);
      const connections = idle.filter((socket) => !socket.destroyed).length;
      await Promise.all(idle.splice(0).map(close));
      const after = await measure();
      return {
        connections,
        memoryMib,
        memoryUnderLoadMib,
        betsPerSecond: beside,
        betsPerSecondAlone: (before + after) / 2,
      };
    } finally {
      for (const socket of idle) socket.destroy();
      await server.stop();
    }
  });
}

async function close(socket: Socket): Promise<void> {
  if (socket.destroyed) return;
  const closed = once(socket, 'close');
  socket.destroy();
  await closed;
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
