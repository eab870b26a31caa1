/** A server that a tool starts for itself, with a ledger in a folder of the tool's. */
import { join } from 'node:path';

import { ChildProgram } from './child_program';
import { httpAddressIn, tcpPortIn } from './server_log';

const HOST = '127.0.0.1';
const START_TIMEOUT_MS = 30_000;

/** A server to be started. */
export interface ServerPlan {
  /** The compiled code of the project. */
  readonly compiledFolder: string;
  /** Where its ledger and its log lie; it exists. */
  readonly folder: string;
  /** Its configuration file; its usual one without one. */
  readonly configurationFile?: string;
  /** Settings that override the configuration file and the environment. */
  readonly settings: Readonly<Record<string, string>>;
  /** Called with each line of its log. */
  readonly onLine?: (line: string) => void;
}

/** A server that has been started. */
export interface ServerProgram {
  readonly program: ChildProgram;
  /**
   * Where it listens, `host:port`, as soon as it does.
   *
   * Rejected with an OperationError when it ends before, or has not logged its port within 30 seconds.
   */
  readonly address: Promise<string>;
  /** Where its page is, and its HTTP door, once {@link ServerProgram.address} is known. */
  readonly page: () => string | undefined;
}

/** Its ledger in that folder. */
export function ledgerFolder(folder: string): string {
  return join(folder, 'ledger');
}

/** The same, the file: a SQLite database. */
export function ledgerFile(folder: string): string {
  return join(ledgerFolder(folder), 'lottery.db');
}

/** Its log in that folder. */
export function serverLog(folder: string): string {
  return join(folder, 'server.log');
}

/**
 * Starts a server with a ledger of its own, on this machine alone: on the ports that SERVER_PORT and HTTP_PORT name in
 * the environment, or on free ones.
 *
 * @throws OperationError when it cannot be started
 */
export function startServer(plan: ServerPlan): ServerProgram {
  let tellPort: (port: number) => void = () => undefined;
  const port = new Promise<number>((resolve) => (tellPort = resolve));
  let page: string | undefined;
  const program = new ChildProgram({
    name: 'the server',
    compiledFolder: plan.compiledFolder,
    module: join('bundled', 'server', 'main.js'),
    words: plan.configurationFile === undefined ? [] : [plan.configurationFile],
    logFile: serverLog(plan.folder),
    settings: {
      SERVER_PORT: process.env['SERVER_PORT'] || '0',
      SERVER_LISTEN_ADDRESS: HOST,
      HTTP_PORT: process.env['HTTP_PORT'] || '0',
      HTTP_ADDRESS: HOST,
      // It has a ledger of its own, whatever is set for other servers.
      LEDGER: 'sqlite',
      DATA_DIR: ledgerFolder(plan.folder),
      // The ports, and what else the starter looks for, are read from the log.
      LOG_FORMAT: 'text',
      LOGGING_LEVEL: process.env['LOGGING_LEVEL']?.toUpperCase() === 'DEBUG' ? 'DEBUG' : 'INFO',
      ...plan.settings,
    },
    onLine: (line) => {
      const found = tcpPortIn(line);
      if (found !== undefined) tellPort(found);
      page ??= pageIn(line);
      plan.onLine?.(line);
    },
  });
  return { program, address: addressInTime(program, port), page: () => page };
}

function pageIn(line: string): string | undefined {
  const http = httpAddressIn(line);
  if (http === undefined) return undefined;
  return `${http.isSecure ? 'https' : 'http'}://${http.host}:${http.port}/`;
}

function addressInTime(program: ChildProgram, port: Promise<number>): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(program.failure(`it has told no port within ${START_TIMEOUT_MS / 1_000} s`));
    }, START_TIMEOUT_MS);
    void program.ended.then(() => {
      clearTimeout(timer);
      reject(program.failure());
    });
    void port.then((number) => {
      clearTimeout(timer);
      resolve(`${HOST}:${number}`);
    });
  });
}
