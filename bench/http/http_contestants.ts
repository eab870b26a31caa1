/** The servers that answer requests over HTTP, side by side. */
import { OperationError } from '../../program/exit';
import { RunningServer, startBare, startLottery } from '../contestants';

/** The most connections that a load has. */
const CONNECTIONS = 2_000;

/** A server with an HTTP door. */
export interface RunningHttpServer {
  readonly httpPort: number;
  /** The port of the agencies' protocol, where it has one. */
  readonly tcpPort: number | undefined;
  readonly processId: number;
  stop(): Promise<void>;
}

/** A way to answer requests. */
export interface HttpContestant {
  readonly name: string;
  /** What an answer of it promises, in a few words. */
  readonly promise: string;
  /** Starts it over a folder that is empty. @param agencies how many it knows, at least */
  start(folder: string, agencies: number): Promise<RunningHttpServer>;
}

/** The lottery's server with its HTTP door, with settings that differ from the default. */
export function lotteryOverHttp(
  name = 'lottery',
  settings: Readonly<Record<string, string>> = {},
): HttpContestant {
  return {
    name,
    promise: 'synced with its line in the audit log, no duplicates, every field checked',
    start: async (folder, agencies) => {
      const server = await startLottery(folder, {
        HTTP_PORT: '0',
        AGENCIES: String(agencies),
        HTTP_MAX_CONNECTIONS: String(CONNECTIONS),
        MAX_CONNECTIONS_PER_ADDRESS: String(CONNECTIONS),
        ...settings,
      });
      if (server.httpPort === undefined) throw new OperationError('the server has no HTTP door');
      return overHttp(server, server.httpPort, server.port);
    },
  };
}

/** What the framework takes, which the lottery's door is made with. */
export const BARE_FASTIFY = bare('bare fastify', 'bare_fastify');
/** What Node takes. */
export const BARE_HTTP = bare('bare node:http', 'bare_http');

function bare(name: string, module: string): HttpContestant {
  return {
    name,
    promise: 'kept in memory, nothing checked',
    start: async () => {
      const server = await startBare(module);
      return overHttp(server, server.port);
    },
  };
}

function overHttp(server: RunningServer, httpPort: number, tcpPort?: number): RunningHttpServer {
  return { httpPort, tcpPort, processId: server.processId, stop: () => server.stop() };
}
