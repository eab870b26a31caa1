/** What an idle connection costs in memory, with and without TLS. */
import { once } from 'node:events';
import type { Socket } from 'node:net';

import { encodeEcho } from '../../protocol/echo';
import { inFolder } from '../contestants';
import { dialler } from '../load/dialler';
import { residentMemoryMib } from '../process_usage';
import { PLAIN, startWithTls } from './tls_contestants';

/** Opened at a time: fewer than the kernel keeps for a server that is busy. */
const OPENED_TOGETHER = 50;
/** Longer than the connections take to be opened. */
const IDLE_TIMEOUT_MS = 3_600_000;
const ECHO = encodeEcho('health');

/** How idle connections are measured. */
export interface IdleMemoryPlan {
  readonly certificates: string;
  /** This process and the server each need a descriptor for every one. */
  readonly connections: number;
  /** How long they idle before the memory is looked at. */
  readonly idleMs: number;
  readonly folder: string;
}

/** A server with many connections that idle, in one way to connect. */
export interface IdleMemoryFigures {
  readonly name: string;
  /** Those that were still open at the end. */
  readonly connections: number;
  /** Resident before the first and with all of them. */
  readonly memoryBeforeMib: number;
  readonly memoryMib: number;
  readonly kibibytesEach: number;
}

/** @param name how they connect: `plain` or over TLS */
export function measureIdleMemory(plan: IdleMemoryPlan, name: string): Promise<IdleMemoryFigures> {
  const { certificates, connections: count } = plan;
  return inFolder(plan.folder, async (folder) => {
    const server = await startWithTls(folder, certificates, {
      // A tenth is kept for those who have placed a bet.
      MAX_CONNECTIONS: String(Math.ceil((count + 1) / 0.9)),
      MAX_CONNECTIONS_PER_ADDRESS: String(count + 1),
      IDLE_TIMEOUT_MS: String(IDLE_TIMEOUT_MS),
    });
    const idle: Socket[] = [];
    try {
      const dial = await dialler(name === PLAIN ? undefined : certificates);
      const port = name === PLAIN ? server.port : server.tlsPort;
      const openOne = async (): Promise<Socket> => {
        const { socket, openEvent } = dial(1, port);
        await once(socket, openEvent);
        socket.on('error', () => undefined);
        socket.write(ECHO);
        await once(socket, 'data');
        return socket;
      };
      // What the first ones load is no part of each.
      idle.push(await openOne());
      const memoryBeforeMib = residentMemoryMib(server.processId);
      while (idle.length <= count) {
        const together = Math.min(OPENED_TOGETHER, count + 1 - idle.length);
        idle.push(...(await Promise.all(Array.from({ length: together }, openOne))));
      }
      await new Promise((resolve) => setTimeout(resolve, plan.idleMs));
      const memoryMib = residentMemoryMib(server.processId);
      const connections = idle.filter((socket) => !socket.destroyed).length - 1;
      const kibibytesEach = ((memoryMib - memoryBeforeMib) * 1_024) / connections;
      return { name, connections, memoryBeforeMib, memoryMib, kibibytesEach };
    } finally {
      for (const socket of idle) socket.destroy();
      await server.stop();
    }
  });
}
